/* Setting up AMX tiles the way ggml does: permission from the kernel, then a configuration
 * that lies on the stack and is loaded with _tile_loadconfig.
 *
 * GCC up to 13.2 tells its optimizer that _tile_loadconfig reads 8 of the 64 bytes, so it may
 * drop the stores to the others. It does so reliably when the function ends right after the
 * load, hence noinline; nothing here is volatile, since that would hide the fault. */
#ifndef LLAMACHAT_AMX_H
#define LLAMACHAT_AMX_H

#include <immintrin.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

#define TILE_ROWS 16
#define TILE_BYTES 64 /* of one row */

struct tile_config {
    uint8_t palette_id = 0;
    uint8_t start_row = 0;
    uint8_t reserved[14] = {0};
    uint16_t colsb[16] = {0};
    uint8_t rows[16] = {0};
};

/* Asks Linux for the tile data state; false where it is refused. */
static inline bool allow_tiles(void) {
    const long request_permission = 0x1023, tile_data = 18;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

__attribute__((noinline)) static void configure_tiles(void) {
    alignas(64) tile_config config = {};
    config.palette_id = 1;
    config.start_row = 0;
    config.rows[0] = TILE_ROWS;
    config.colsb[0] = TILE_BYTES;
    config.rows[1] = TILE_ROWS;
    config.colsb[1] = TILE_BYTES;
    config.rows[2] = TILE_ROWS;
    config.colsb[2] = TILE_BYTES;
    _tile_loadconfig(&config);
}

/* Runs `check` in this thread and in a second one, as ggml asks for permission once and then
 * multiplies in all its threads. */
static inline int run_in_threads(void *(*check)(void *)) {
    void *outcome = nullptr;
    pthread_t thread;
    if (!allow_tiles()) return PROBE_REFUSED;
    if (check(nullptr) != nullptr) return PROBE_WRONG_RESULT;
    if (pthread_create(&thread, nullptr, check, nullptr) != 0) return PROBE_REFUSED;
    pthread_join(thread, &outcome);
    return outcome == nullptr ? PROBE_RUNS : PROBE_WRONG_RESULT;
}

/* What a check returns where the result is wrong. */
#define WRONG ((void *)1)

#endif
