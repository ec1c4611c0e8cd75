/* FP16 vector arithmetic: multiply and add of eight half floats; small integers are exact. */
#include <arm_neon.h>

#include "probe.h"

int main(void) {
    float16_t a[8], b[8], c[8];
    for (int i = 0; i < 8; i++) {
        a[i] = (float16_t)i;
        b[i] = (float16_t)(i - 3);
    }
    OPAQUE(a);
    OPAQUE(b);
    vst1q_f16(c, vfmaq_f16(vdupq_n_f16((float16_t)1), vld1q_f16(a), vld1q_f16(b)));
    OPAQUE(c);
    for (int i = 0; i < 8; i++) {
        if ((float)c[i] != (float)(1 + i * (i - 3))) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
