/* What the finish waited for: the critical path, and what each lane has to spare. Knows only a timeline's flows. */
#ifndef LIVEPOST_MEASURE_CRITICAL_PATH_H
#define LIVEPOST_MEASURE_CRITICAL_PATH_H

#include "measure/timeline.h"

/* Sets finish, path and the lanes' slack. The finish is the end of the last lane that was the main thread of process
   `program`, or, where there is none, the last end of all.

   The path is walked back from there: a lane that waited for another one that went on while it waited goes back to where
   that one let it go; the way from there to where it goes on is part of its own stretch. What a lane waited for that
   no flow tells (the time, the kernel, a CPU) is part of its stretch as well.

   slack_ns is what a lane's end has to spare, least_slack_ns what anything in it has: how much longer it could take
   before the finish came later, if all else took as long as it did, in the same order. */
void critical_path_find(struct timeline *timeline, uint32_t program);

#endif
