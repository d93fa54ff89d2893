/* The number under which the kernel knows the calling thread; 0 where it
   cannot be had. */

#include <caml/mlvalues.h>

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>

CAMLprim value chanpatterns_thread_id(value unit)
{
  (void)unit;
  return Val_long(syscall(SYS_gettid));
}
#else
CAMLprim value chanpatterns_thread_id(value unit)
{
  (void)unit;
  return Val_long(0);
}
#endif
