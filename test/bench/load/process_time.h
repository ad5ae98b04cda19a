/*
 * process_time.h - what a process has cost so far, as the kernel keeps it.
 */
#ifndef EB_LOAD_PROCESS_TIME_H
#define EB_LOAD_PROCESS_TIME_H

#include <stdint.h>
#include <sys/types.h>

/* CPU time of all its threads, ns. A process that does not exist ends the program. */
int64_t process_time_ns(pid_t pid);

/* How long its threads could have run and others had their processor, ns. */
int64_t process_waited_ns(pid_t pid);

/* Memory it holds (its resident set), KiB. */
long process_memory_kib(pid_t pid);

#endif
