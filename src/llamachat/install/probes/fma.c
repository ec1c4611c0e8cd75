/* FMA: (1 + e)(1 - e) - 1 is -e^2 when fused; rounding the product first would give 0. */
#include <immintrin.h>

#include "probe.h"

int main(void) {
    const float e = 1.0f / 8192;
    float a[8], b[8], c[8], fused[8];
    for (int i = 0; i < 8; i++) {
        a[i] = 1 + e;
        b[i] = 1 - e;
        c[i] = -1;
    }
    OPAQUE(a);
    OPAQUE(b);
    OPAQUE(c);
    _mm256_storeu_ps(
        fused, _mm256_fmadd_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b), _mm256_loadu_ps(c)));
    OPAQUE(fused);
    for (int i = 0; i < 8; i++) {
        if (fused[i] != -e * e) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
