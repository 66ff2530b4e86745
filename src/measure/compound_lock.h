/* Locks that a program made itself, of a mutex, a condition and a variable that says whether it is taken: the lock of an
   interpreter, a lock with a queue. Knows such a lock by how its parts are used; which resources are its parts is told. */
#ifndef LIVEPOST_MEASURE_COMPOUND_LOCK_H
#define LIVEPOST_MEASURE_COMPOUND_LOCK_H

#include "measure/timeline.h"

/* Makes the resources `parts` one lock: the condition among them that lanes wait for most, together with its mutex, becomes
   it (RESOURCE_LOCK) and the others part of it. Whoever lets go of the mutex and neither signalled nor goes on to wait
   has taken the lock; whoever signals lets it go. Waits for the condition become waits for the lock, with their owners, and
   wake-ups hand-offs; hand-offs of a mutex that becomes a part are taken out. Where no lane waited for a condition among them, they become one of which no hold is
   known. Returns the lock's index; TIMELINE_NONE, with nothing changed, where no condition is among them. */
size_t compound_lock_make(struct timeline *timeline, const size_t *parts, size_t count);

#endif
