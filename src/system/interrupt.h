/* SIGINT, SIGTERM and SIGHUP as a flag, so that what is running can be ended and cleaned up after. */
#ifndef LIVEPOST_SYSTEM_INTERRUPT_H
#define LIVEPOST_SYSTEM_INTERRUPT_H

/* From now on these signals set the flag; a second one ends the process at once. */
void interrupt_catch(void);

/* The signal that came, or 0. */
int interrupt_signal(void);

#endif
