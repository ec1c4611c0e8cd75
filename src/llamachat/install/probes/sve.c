/* SVE: adds floats in vectors whose length only the processor knows. */
#include <arm_sve.h>

#include "probe.h"

int main(void) {
    float a[64], b[64], sum[64]; /* 64 floats are the 2048 bits of the longest vector */
    for (int i = 0; i < 64; i++) {
        a[i] = (float)i;
        b[i] = (float)(3 * i);
    }
    OPAQUE(a);
    OPAQUE(b);
    for (int i = 0; i < 64; i += (int)svcntw()) {
        const svbool_t lanes = svwhilelt_b32_s32(i, 64);
        const svfloat32_t vector = svadd_f32_z(lanes, svld1_f32(lanes, a + i), svld1_f32(lanes, b + i));
        svst1_f32(lanes, sum + i, vector);
    }
    OPAQUE(sum);
    for (int i = 0; i < 64; i++) {
        if (sum[i] != (float)(4 * i)) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
