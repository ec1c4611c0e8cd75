/* What every probe shares. A probe is one program per instruction set: it executes the
 * instruction, checks the result and exits with one of these. Where the processor lacks the
 * instruction it dies by a signal instead. */
#ifndef LLAMACHAT_PROBE_H
#define LLAMACHAT_PROBE_H

#define PROBE_RUNS 0
#define PROBE_WRONG_RESULT 1
#define PROBE_REFUSED 3 /* the operating system does not let programs use it */

/* The compiler must believe that the value may be anything, so that nothing is computed
 * while compiling. */
#define OPAQUE(value) __asm__ volatile("" : "+m"(value))

#endif
