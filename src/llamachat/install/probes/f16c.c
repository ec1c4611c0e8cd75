/* F16C: floats to half floats and back, with the bit patterns of IEEE 754. */
#include <immintrin.h>
#include <stdint.h>

#include "probe.h"

int main(void) {
    const uint16_t expected[8] = {0x3c00, 0xc000, 0x3555, 0x7bff, 0x0000, 0x0001, 0x2e66, 0x4900};
    float values[8] = {1, -2, 1.0f / 3, 65504, 0, 5.9604645e-8f, 0.1f, 10};
    uint16_t halves[8];
    float back[8];
    OPAQUE(values);
    const __m128i packed = _mm256_cvtps_ph(_mm256_loadu_ps(values), 0);
    _mm_storeu_si128((__m128i *)halves, packed);
    _mm256_storeu_ps(back, _mm256_cvtph_ps(packed));
    OPAQUE(halves);
    OPAQUE(back);
    for (int i = 0; i < 8; i++) {
        const float error = back[i] - values[i];
        if (halves[i] != expected[i]) return PROBE_WRONG_RESULT;
        if (error > 2e-4f || error < -2e-4f) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
