/* AVX-512 BF16: packs floats and takes their dot product; small integers are exact. */
#include <immintrin.h>

#include "probe.h"

int main(void) {
    float low[16], high[16], dot[16];
    for (int i = 0; i < 16; i++) {
        low[i] = (float)i;
        high[i] = (float)(i - 20);
    }
    OPAQUE(low);
    OPAQUE(high);
    const __m512bh packed = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(high), _mm512_loadu_ps(low));
    _mm512_storeu_ps(dot, _mm512_dpbf16_ps(_mm512_set1_ps(0.5f), packed, packed));
    OPAQUE(dot);
    for (int i = 0; i < 16; i++) {
        const float *half = i < 8 ? low : high;
        const float x = half[2 * i % 16], y = half[2 * i % 16 + 1];
        if (dot[i] != 0.5f + x * x + y * y) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
