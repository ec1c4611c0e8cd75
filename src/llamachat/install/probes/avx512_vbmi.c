/* AVX-512 VBMI: reverses 64 bytes. */
#include <immintrin.h>
#include <stdint.h>

#include "probe.h"

int main(void) {
    uint8_t order[64], bytes[64], reversed[64];
    for (int i = 0; i < 64; i++) {
        order[i] = (uint8_t)(63 - i);
        bytes[i] = (uint8_t)(3 * i);
    }
    OPAQUE(order);
    OPAQUE(bytes);
    _mm512_storeu_si512(reversed, _mm512_permutexvar_epi8(_mm512_loadu_si512(order),
                                                          _mm512_loadu_si512(bytes)));
    OPAQUE(reversed);
    for (int i = 0; i < 64; i++) {
        if (reversed[i] != bytes[63 - i]) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
