/* NEON: a fused multiply and add; (1 + e)(1 - e) - 1 is -e^2, 0 where not fused. */
#include <arm_neon.h>

#include "probe.h"

int main(void) {
    const float e = 1.0f / 8192;
    float a[4] = {1 + e, 1 + e, 1 + e, 1 + e}, b[4] = {1 - e, 1 - e, 1 - e, 1 - e};
    float fused[4];
    OPAQUE(a);
    OPAQUE(b);
    vst1q_f32(fused, vfmaq_f32(vdupq_n_f32(-1), vld1q_f32(a), vld1q_f32(b)));
    OPAQUE(fused);
    for (int i = 0; i < 4; i++) {
        if (fused[i] != -e * e) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
