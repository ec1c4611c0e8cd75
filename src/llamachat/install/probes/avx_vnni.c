/* AVX-VNNI: dpbusd in its VEX encoding, for processors without AVX-512. */
#include <immintrin.h>
#include <stdint.h>

#include "probe.h"

int main(void) {
    uint8_t a[32];
    int8_t b[32];
    int32_t dot[8];
    for (int i = 0; i < 32; i++) {
        a[i] = (uint8_t)(255 - i);
        b[i] = (int8_t)(2 * i - 32);
    }
    OPAQUE(a);
    OPAQUE(b);
    _mm256_storeu_si256((__m256i *)dot,
                        _mm256_dpbusd_avx_epi32(_mm256_set1_epi32(7),
                                                _mm256_loadu_si256((const __m256i *)a),
                                                _mm256_loadu_si256((const __m256i *)b)));
    OPAQUE(dot);
    for (int i = 0; i < 8; i++) {
        int32_t expected = 7;
        for (int k = 4 * i; k < 4 * i + 4; k++) expected += a[k] * b[k];
        if (dot[i] != expected) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
