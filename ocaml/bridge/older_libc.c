/* An object that was compiled beside a newer libc (the OCaml 5 of the private
   folder) asks for these two, which the GNU libc has from 2.38 on. They differ
   from the functions of old in one point: they read 0b1 as a binary number. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__GLIBC__) && !__GLIBC_PREREQ(2, 38)

#define HERE __attribute__((visibility("hidden")))

HERE long __isoc23_strtol(const char *text, char **end, int base) {
  return strtol(text, end, base);
}

HERE int __isoc23_sscanf(const char *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int read = vsscanf(text, format, arguments);
  va_end(arguments);
  return read;
}

#endif
