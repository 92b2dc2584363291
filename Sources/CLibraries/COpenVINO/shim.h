#include <openvino/c/openvino.h>

// takes a variable number of arguments, which Swift can't pass
static inline ov_status_e posevault_set_cpu_property(const ov_core_t *core, const char *key, const char *value) {
  return ov_core_set_property(core, "CPU", key, value);
}
