/* BMI2: gathers bits under a mask and spreads them out again. */
#include <immintrin.h>
#include <stdint.h>

#include "probe.h"

int main(void) {
    uint64_t value = 0x123456789abcdef0u, mask = 0x0f0f0f0f0f0f0f0fu;
    OPAQUE(value);
    OPAQUE(mask);
    uint64_t gathered = _pext_u64(value, mask);
    uint64_t spread = _pdep_u64(gathered, mask);
    OPAQUE(gathered);
    OPAQUE(spread);
    if (gathered != 0x2468ace0u) return PROBE_WRONG_RESULT;
    return spread == (value & mask) ? PROBE_RUNS : PROBE_WRONG_RESULT;
}
