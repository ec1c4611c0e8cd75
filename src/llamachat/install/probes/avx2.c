/* AVX2: the dot product of unsigned and signed bytes that ggml's kernels are made of. */
#include <immintrin.h>
#include <stdint.h>

#include "probe.h"

int main(void) {
    uint8_t a[32];
    int8_t b[32];
    int32_t dot[8];
    for (int i = 0; i < 32; i++) {
        a[i] = (uint8_t)(100 + i);
        b[i] = (int8_t)(i - 16);
    }
    OPAQUE(a);
    OPAQUE(b);
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_loadu_si256((const __m256i *)a),
                                               _mm256_loadu_si256((const __m256i *)b));
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    _mm256_storeu_si256((__m256i *)dot, fours);
    OPAQUE(dot);
    for (int i = 0; i < 8; i++) {
        int32_t expected = 0;
        for (int k = 4 * i; k < 4 * i + 4; k++) expected += a[k] * b[k];
        if (dot[i] != expected) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
