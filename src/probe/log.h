/* Writing records: the path that every wrapper takes. Knows the log's layout, nothing of what is wrapped.
 *
 * A thread's place in the log is its lane. It writes without a lock, may be interrupted at any instruction by a handler
 * that writes, too, and may be killed at any instruction: one instruction takes the place, the kind is written last. */
#ifndef LIVEPOST_PROBE_LOG_H
#define LIVEPOST_PROBE_LOG_H

#include "probe/raw.h"
#include "probe/record.h"

#include <stdbool.h>
#include <stddef.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define CALLER ((uint64_t)(uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)))

enum probe_state {
	PROBE_ASLEEP = 0, /* nothing was looked at yet, or this is the child of a fork: the kernel wiped the page */
	PROBE_OFF,        /* there is no log: every wrapper only calls what it wraps */
	PROBE_ON,
};

enum { KERNEL_PAGE = 4096, CALLER_PAGES = 256 };

/* A page of its own, which is zero in the child of a fork (MADV_WIPEONFORK): so no child, however it was made, writes
   into its parent's lanes, and no record has to ask for its pid. */
struct probe_page {
	_Alignas(KERNEL_PAGE) uint32_t state; /* enum probe_state */
	uint32_t clock; /* enum probe_clock */
	uint64_t quick; /* the clock's units in which a call that returned did not wait */
	uint32_t flags; /* of the log's header */
	/* Pages of code that are known to lie in a module that was said; one that is not is looked up, once. */
	uint64_t caller_pages[CALLER_PAGES];
};
extern struct probe_page probe_page;

struct lane {
	uintptr_t next, end;  /* addresses in the log; next at or above LANE_CLOSED where there is no run yet */
	uint32_t tid;         /* 0: not yet asked for */
	uint32_t serial, run_pages;
	uint32_t ends;        /* how often the thread's destructor was called */
	/* The last reading of the run-queue delay, and when that was, in the clock's units; 0: none yet. */
	uint64_t delay_ns, delay_time;
};
#define LANE_CLOSED ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 2))
extern __thread struct lane probe_lane __attribute__((tls_model("initial-exec")));

/* Brings the probe to ON or OFF from ASLEEP; true when ON. Called by whatever wrapper comes first, maybe before the
   constructors of this library, and again in the child of a fork. */
bool probe_wake(void);

/* Whether a wrapper has to write at all. */
static inline bool probe_on(void)
{
	if (LIKELY(probe_page.state == PROBE_ON))
		return true;
	if (probe_page.state == PROBE_OFF)
		return false;
#if defined(__x86_64__)
	/* As a plain call, which is made once in a process, this would have every wrapper save its arguments every time. */
	uint64_t on;
	__asm__ volatile("call probe_wake_aside" : "=a"(on) : : "memory", "cc");
	return on;
#else
	return probe_wake();
#endif
}

/* Places for `count` records behind each other, or NULL when there is no room: they are counted as lost then. */
struct probe_record *log_take_more(unsigned count);
/* This thread's id as the program sees it. */
uint32_t log_tid(void);
/* Forgets what the thread had before a fork. */
void log_reset_lane(void);
/* Says the modules that were not said yet, if `address` is in one of them. */
void modules_look(uint64_t address);

static inline uintptr_t log_take_place(uintptr_t size)
{
#if defined(__x86_64__)
	/* One instruction is atomic towards handlers of this thread, and no other thread looks: no lock prefix. */
	__asm__ volatile("xaddq %0, %1" : "+r"(size), "+m"(probe_lane.next) : : "memory", "cc");
	return size;
#else
	return __atomic_fetch_add(&probe_lane.next, size, __ATOMIC_RELAXED);
#endif
}

/* A place, to be used unless it ends behind `*end`. */
static inline uintptr_t log_try_take(unsigned count, uintptr_t *end)
{
	/* end is read first: should a handler replace the run between the two, then next is far behind this end. */
	*end = __atomic_load_n(&probe_lane.end, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return log_take_place(count * sizeof(struct probe_record));
}

static inline struct probe_record *log_take(unsigned count)
{
	uintptr_t end, place = log_try_take(count, &end);
	if (LIKELY(place + count * sizeof(struct probe_record) <= end))
		return (struct probe_record *)place;
	return log_take_more(count);
}

static inline uint64_t log_time(void)
{
	return LIKELY(probe_page.clock == PROBE_CLOCK_TSC) ? raw_counter() : raw_monotonic_ns();
}

static inline bool log_is_stranger(uint64_t address)
{
	uint64_t page = address >> 12;
	return probe_page.caller_pages[page % CALLER_PAGES] != page;
}

/* Makes sure that the module with this code was said. */
static inline void log_know(uint64_t address)
{
	if (UNLIKELY(log_is_stranger(address)))
		modules_look(address);
}

static inline void log_finish(struct probe_record *record, uint16_t kind)
{
	/* Release: whoever reads the kind reads the rest. */
	__atomic_store_n(&record->kind, kind, __ATOMIC_RELEASE);
}

struct note {
	uint64_t object, caller;
	uint32_t value;
	uint16_t kind, detail;
};

/* As log_put, when there is no room in the run. */
struct probe_record *log_put_more(uint64_t object, uint64_t caller, uint64_t rest);
/* As log_note, when the caller's module may not have been said yet. */
struct probe_record *log_note_stranger(uint64_t object, uint64_t caller, uint64_t rest);

/* The last eight bytes of a record, which are written at once. */
static inline uint64_t log_rest(const struct note *note)
{
	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "value comes first");
	return note->value | (uint64_t)note->kind << 32 | (uint64_t)note->detail << 48;
}

static inline void log_store(struct probe_record *record, uint64_t object, uint64_t caller, uint64_t rest)
{
	typedef uint64_t __attribute__((may_alias)) any_word;
	record->object = object;
	record->caller = caller;
	/* Release: whoever reads the kind reads the rest. */
	__atomic_store_n((any_word *)&record->value, rest, __ATOMIC_RELEASE);
}

/* Where the time is no counter: a call, for which the fast way shall not have to save anything. */
void log_fill_slowly(struct probe_record *record, uint64_t object, uint64_t caller, uint64_t rest);

static inline void log_fill(struct probe_record *record, uint64_t object, uint64_t caller, uint64_t rest)
{
	if (UNLIKELY(probe_page.clock != PROBE_CLOCK_TSC)) {
		log_fill_slowly(record, object, caller, rest);
		return;
	}
	record->time = raw_counter();
	log_store(record, object, caller, rest);
}

/* Writes a record whose caller need not lie in a module; NULL when it was lost. */
static inline struct probe_record *log_put(struct note note)
{
	uintptr_t end, place = log_try_take(1, &end);
	if (UNLIKELY(place + sizeof(struct probe_record) > end))
		return log_put_more(note.object, note.caller, log_rest(&note));
	log_fill((struct probe_record *)place, note.object, note.caller, log_rest(&note));
	return (struct probe_record *)place;
}

static inline struct probe_record *log_note(struct note note)
{
	if (UNLIKELY(log_is_stranger(note.caller)))
		return log_note_stranger(note.object, note.caller, log_rest(&note));
	return log_put(note);
}

/* A note with `size` bytes of text behind it, as many as fit into one page. */
void log_text(struct note note, const char *text, size_t size);

/* Takes back a record that is not this lane's last; false for one of another lane or of a run that is full. */
bool log_strike(struct probe_record *record);

/* Takes back a record, as if it had not been written, and its place, too, where it is this lane's last. False where it
   stays: it is not of this lane's run, as in the child of a fork by a handler. */
static inline bool log_take_back(struct probe_record *record)
{
	uintptr_t place = (uintptr_t)record, behind = place + sizeof *record;
	if (UNLIKELY(__atomic_load_n(&probe_lane.next, __ATOMIC_RELAXED) != behind))
		return log_strike(record);
	__atomic_store_n(&record->kind, (uint16_t)PROBE_NOTHING, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#if defined(__x86_64__)
	__asm__ volatile("cmpxchgq %2, %1" : "+a"(behind), "+m"(probe_lane.next) : "r"(place) : "memory", "cc");
#else
	__atomic_compare_exchange_n(&probe_lane.next, &behind, place, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
#endif
	return true;
}

/* A call that may wait: between begin and end its record stands alone, so that a thread that never returns is seen in it. */
struct pair {
	struct note note;
	struct probe_record *record; /* of the beginning; NULL when it was lost */
	uint64_t start, delay_ns;
};

/* To read it takes as long as several switches of threads. So it is read again only when the last reading is older than
   DELAY_OLD times probe_page.quick (at least 250 us), and at the end only of what took DELAY_LONG times that (at least
   100 us): what waited for less bears no delay, and all readings together take a hundredth of the time at most. */
enum { DELAY_OLD = 250, DELAY_LONG = 100 };

/* The run-queue delay of this thread as of now, or as of a short while ago; UINT64_MAX where it cannot be read. */
uint64_t log_delay_ns(void);

static inline void pair_begin(struct pair *pair, struct note note)
{
	pair->note = note;
	pair->delay_ns = UNLIKELY(probe_page.flags & PROBE_WANT_DELAY) ? log_delay_ns() : UINT64_MAX;
	pair->record = log_note(note);
	pair->start = pair->record ? pair->record->time : 0;
}

/* This thread's CPU time so far, 0 where it cannot be read. Keeps errno. */
uint64_t log_cpu_ns(void);
void pair_write_end(struct pair *pair, int error);

/* The end; `error` is the errno it ended with, 0 for success. Keeps errno. */
static inline void pair_end(struct pair *pair, int error)
{
	if (LIKELY(probe_on()))
		pair_write_end(pair, error);
}

/* As pair_end, but a call that cannot have waited, by its time, is as if it had never been. */
static inline void pair_end_if_long(struct pair *pair, int error)
{
	/* In the child of a fork by a handler nothing is quick. */
	if (UNLIKELY(!pair->record || log_time() - pair->start >= probe_page.quick || !log_take_back(pair->record)))
		pair_end(pair, error);
}

#endif
