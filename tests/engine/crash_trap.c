/* Preloaded into a child: a processor fault at the moment llama.cpp asks for its extra buffer
 * types (AMX, repacked weights), as a miscompiled kernel would give. LLAMACHAT_TRAP says when:
 * "always" at the first question of any kind, "extra" at that one. It is the real library that
 * calls this function, through its own linkage; the true one is then found in the library that
 * was loaded (locally, so that RTLD_NEXT does not see it). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef void *(*lookup)(void *reg, const char *name);

static int find(struct dl_phdr_info *info, size_t size, void *found) {
    (void) size;
    if (!strstr(info->dlpi_name, "libggml-base")) {
        return 0;
    }
    *(void **) found = dlopen(info->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
    return 1;
}

void *ggml_backend_reg_get_proc_address(void *reg, const char *name) {
    const char *when = getenv("LLAMACHAT_TRAP");
    if (when && (!strcmp(when, "always") || !strcmp(name, "ggml_backend_dev_get_extra_bufts"))) {
        raise(SIGILL);
    }
    void *library = NULL;
    dl_iterate_phdr(find, &library);
    lookup next = (lookup) dlsym(library, "ggml_backend_reg_get_proc_address");
    return next(reg, name);
}
