/* AVX-512 VNNI: dpbusd, four unsigned by signed byte products a lane, at both widths. */
#include <immintrin.h>
#include <stdint.h>

#include "probe.h"

int main(void) {
    uint8_t a[64];
    int8_t b[64];
    int32_t wide[16], narrow[8];
    for (int i = 0; i < 64; i++) {
        a[i] = (uint8_t)(255 - i);
        b[i] = (int8_t)(2 * i - 64);
    }
    OPAQUE(a);
    OPAQUE(b);
    const __m512i va = _mm512_loadu_si512(a), vb = _mm512_loadu_si512(b);
    _mm512_storeu_si512(wide, _mm512_dpbusd_epi32(_mm512_set1_epi32(7), va, vb));
    _mm256_storeu_si256((__m256i *)narrow,
                        _mm256_dpbusd_epi32(_mm256_set1_epi32(7), _mm512_castsi512_si256(va),
                                            _mm512_castsi512_si256(vb)));
    OPAQUE(wide);
    OPAQUE(narrow);
    for (int i = 0; i < 16; i++) {
        int32_t expected = 7;
        for (int k = 4 * i; k < 4 * i + 4; k++) expected += a[k] * b[k];
        if (wide[i] != expected) return PROBE_WRONG_RESULT;
        if (i < 8 && narrow[i] != expected) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
