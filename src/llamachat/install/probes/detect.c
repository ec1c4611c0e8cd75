/* Prints the instruction sets that the processor and the operating system advertise, as JSON
 * with llama.cpp's names. Asks the hardware directly, so it also answers where there is no
 * /proc/cpuinfo, or one that describes another machine, as under qemu-user. */
#include <stdint.h>
#include <stdio.h>

static const char *separator = "";

static void report(const char *name, int present) {
    if (!present) return;
    printf("%s\"%s\"", separator, name);
    separator = ", ";
}

#if defined(__x86_64__)
#define ARCH "x86-64"
#include <cpuid.h>

enum { EAX, EBX, ECX, EDX };

static uint64_t enabled_state(void) { /* what the operating system saves and restores */
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static void report_all(void) {
    uint32_t leaf1[4] = {0}, leaf7[4] = {0}, leaf7_1[4] = {0};
    __get_cpuid(1, &leaf1[EAX], &leaf1[EBX], &leaf1[ECX], &leaf1[EDX]);
    if (__get_cpuid_count(7, 0, &leaf7[EAX], &leaf7[EBX], &leaf7[ECX], &leaf7[EDX]) && leaf7[EAX])
        __get_cpuid_count(7, 1, &leaf7_1[EAX], &leaf7_1[EBX], &leaf7_1[ECX], &leaf7_1[EDX]);
    const uint64_t state = leaf1[ECX] >> 27 & 1 ? enabled_state() : 0;
    const int ymm = (state & 0x6) == 0x6, zmm = (state & 0xe6) == 0xe6;
    const int tiles = (state & 0x60000) == 0x60000;
    const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
    report("SSE3", leaf1[ECX] & 1);
    report("SSSE3", leaf1[ECX] >> 9 & 1);
    report("SSE42", leaf1[ECX] >> 20 & 1);
    report("AVX", ymm && leaf1[ECX] >> 28 & 1);
    report("AVX2", ymm && leaf7[EBX] >> 5 & 1);
    report("FMA", ymm && leaf1[ECX] >> 12 & 1);
    report("F16C", ymm && leaf1[ECX] >> 29 & 1);
    report("BMI2", leaf7[EBX] >> 8 & 1);
    report("AVX_VNNI", ymm && leaf7_1[EAX] >> 4 & 1);
    report("AVX512", zmm && (leaf7[EBX] & avx512) == avx512);
    report("AVX512_VBMI", zmm && leaf7[ECX] >> 1 & 1);
    report("AVX512_VNNI", zmm && leaf7[ECX] >> 11 & 1);
    report("AVX512_BF16", zmm && leaf7_1[EAX] >> 5 & 1);
    report("AMX_TILE", tiles && leaf7[EDX] >> 24 & 1);
    report("AMX_INT8", tiles && leaf7[EDX] >> 25 & 1);
    report("AMX_BF16", tiles && leaf7[EDX] >> 22 & 1);
}

#elif defined(__aarch64__) && defined(__APPLE__)
#define ARCH "arm64"
#include <sys/sysctl.h>

static int answers_one(const char *name) {
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value == 1;
}

static void report_all(void) {
    report("NEON", 1);
    report("FP16_VA", answers_one("hw.optional.arm.FEAT_FP16"));
    report("DOTPROD", answers_one("hw.optional.arm.FEAT_DotProd"));
    report("MATMUL_INT8", answers_one("hw.optional.arm.FEAT_I8MM"));
    report("SME", answers_one("hw.optional.arm.FEAT_SME"));
}

#elif defined(__aarch64__)
#define ARCH "arm64"
#include <sys/auxv.h>

static void report_all(void) {
    const unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
    report("NEON", first >> 1 & 1);
    report("FP16_VA", first >> 10 & 1);
    report("DOTPROD", first >> 20 & 1);
    report("MATMUL_INT8", second >> 13 & 1);
    report("SVE", first >> 22 & 1);
    report("SME", second >> 23 & 1);
}

#else
#define ARCH "other"
static void report_all(void) { report("", 0); }
#endif

int main(void) {
    printf("{\"arch\": \"%s\", \"features\": [", ARCH);
    report_all();
    printf("]}\n");
    return 0;
}
