/* AVX-512: one instruction each of F, BW, DQ, CD and VL, which ggml uses as one group. */
#include <immintrin.h>
#include <stdint.h>

#include "probe.h"

static int32_t leading_zeros(int32_t value) {
    int32_t count = 0;
    while (count < 32 && !((uint32_t)value >> (31 - count) & 1)) count++;
    return count;
}

int main(void) {
    int32_t a[16], f[16], cd[16], vl[8];
    int64_t wide[8], dq[8];
    int8_t bytes[64], bw[64];
    for (int i = 0; i < 16; i++) a[i] = 1 << i;
    for (int i = 0; i < 8; i++) wide[i] = (int64_t)(i + 1) << 20;
    for (int i = 0; i < 64; i++) bytes[i] = (int8_t)i;
    OPAQUE(a);
    OPAQUE(wide);
    OPAQUE(bytes);
    const __m512i va = _mm512_loadu_si512(a), vw = _mm512_loadu_si512(wide);
    const __m512i vb = _mm512_loadu_si512(bytes);
    _mm512_storeu_si512(f, _mm512_add_epi32(va, va));
    _mm512_storeu_si512(bw, _mm512_add_epi8(vb, vb));
    _mm512_storeu_si512(dq, _mm512_mullo_epi64(vw, vw));
    _mm512_storeu_si512(cd, _mm512_lzcnt_epi32(va));
    _mm256_storeu_si256((__m256i *)vl, _mm256_rolv_epi32(_mm512_castsi512_si256(va),
                                                         _mm512_castsi512_si256(va)));
    OPAQUE(f);
    OPAQUE(bw);
    OPAQUE(dq);
    OPAQUE(cd);
    OPAQUE(vl);
    for (int i = 0; i < 16; i++) {
        if (f[i] != 2 * a[i] || cd[i] != leading_zeros(a[i])) return PROBE_WRONG_RESULT;
    }
    for (int i = 0; i < 8; i++) {
        const uint32_t shift = (uint32_t)a[i] % 32;
        const uint32_t rotated = (uint32_t)a[i] << shift | (shift ? (uint32_t)a[i] >> (32 - shift) : 0);
        if (dq[i] != wide[i] * wide[i] || (uint32_t)vl[i] != rotated) return PROBE_WRONG_RESULT;
    }
    for (int i = 0; i < 64; i++) {
        if (bw[i] != (int8_t)(2 * bytes[i])) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
