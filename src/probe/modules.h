/* Which programs and libraries are loaded where, said in the log so that addresses get their names. */
#ifndef LIVEPOST_PROBE_MODULES_H
#define LIVEPOST_PROBE_MODULES_H

/* modules_look is in log.h, because every record asks for it. */

/* Says all that were said before: in the child of a fork, without asking the loader, whose locks may be held there. */
void modules_say_again(void);

#endif
