/* AVX: adds eight floats. */
#include <immintrin.h>

#include "probe.h"

int main(void) {
    float a[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float b[8] = {8, 7, 6, 5, 4, 3, 2, 2};
    float sum[8];
    OPAQUE(a);
    OPAQUE(b);
    _mm256_storeu_ps(sum, _mm256_add_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b)));
    OPAQUE(sum);
    for (int i = 0; i < 8; i++) {
        if (sum[i] != (i < 7 ? 9.0f : 10.0f)) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
