/* Where in the code time was spent, on a CPU and off it. */
#include "measure/lines.h"

#include "base/memory.h"
#include "measure/code_sample.h"
#include "measure/grow.h"
#include "measure/object_map.h"
#include "measure/symbols.h"
#include "measure/text_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No kernel's is larger. Its bytes are in no file, so it has no symbols, and no other end is known. */
#define VDSO_BYTES (16 * 1024)
#define VDSO_NAME "linux-vdso.so.1"

/* How far back an image is looked for that is the same as this one: children of one program stand together. */
enum { LIKE_IMAGES = 8 };

/* What an address came to in one state. */
struct tally {
	struct object_key key; /* image, address, state */
	uint64_t ns, samples;
};

/* A timeline, what its addresses came to, and their names. */
struct account {
	const struct lines_plan *plan;
	const struct timeline *timeline;
	struct symbols **symbols; /* of each image; NULL: not asked for yet */
	size_t *like;             /* the image whose symbols an image's are */
	struct tally *tallies;
	size_t tally_count, tally_capacity;
	struct object_map by_key;
};

struct rows {
	struct line_time *rows;
	size_t count, capacity;
};

static void account_open(struct account *account, const struct lines_plan *plan, const struct timeline *timeline)
{
	*account = (struct account){.plan = plan, .timeline = timeline};
	account->symbols = memory_zero(timeline->image_count + 1, sizeof *account->symbols);
	account->like = memory_zero(timeline->image_count + 1, sizeof *account->like);
}

static void account_close(struct account *account)
{
	for (size_t i = 0; account->symbols && i < account->timeline->image_count; i++)
		symbols_free(account->symbols[i]);
	free(account->symbols);
	free(account->like);
	free(account->tallies);
	object_map_free(&account->by_key);
}

static void add_tally(struct account *account, const struct object_key *key, uint64_t ns, uint64_t samples)
{
	size_t index = object_map_get_or_set(&account->by_key, key, account->tally_count);
	if (index == account->tally_count) {
		account->tallies = grow(account->tallies, index, &account->tally_capacity, sizeof *account->tallies);
		account->tallies[account->tally_count++] = (struct tally){.key = *key};
	}
	account->tallies[index].ns += ns;
	account->tallies[index].samples += samples;
}

static bool are_alike(const struct image *a, const struct image *b)
{
	if (a->module_count != b->module_count)
		return false;
	for (size_t i = 0; i < a->module_count; i++)
		if (a->modules[i].bias != b->modules[i].bias || strcmp(a->modules[i].path, b->modules[i].path) != 0)
			return false;
	return true;
}

static struct symbols *open_symbols(const struct lines_plan *plan, const struct image *image)
{
	struct symbols_module *modules = memory_zero(image->module_count + 1, sizeof *modules);
	for (size_t i = 0; i < image->module_count; i++) {
		modules[i] = (struct symbols_module){.bias = image->modules[i].bias, .path = image->modules[i].path};
		for (size_t j = 0; j < plan->program_count; j++)
			if (!strcmp(plan->programs[j].path, image->modules[i].path)) {
				modules[i].bytes = plan->programs[j].bytes;
				modules[i].size = plan->programs[j].size;
			}
	}
	struct symbols *symbols = symbols_open(modules, image->module_count, plan->root);
	free(modules);
	return symbols;
}

/* The children of a fork have the modules of their parent: they share its names. */
static struct symbols *symbols_of(struct account *account, size_t image)
{
	const struct image *images = account->timeline->images;
	if (!account->like[image]) {
		account->like[image] = image + 1;
		for (size_t i = image, seen = 0; i-- > 0 && seen < LIKE_IMAGES; seen++)
			if (account->symbols[i] && are_alike(&images[i], &images[image])) {
				account->like[image] = i + 1;
				break;
			}
	}
	size_t owner = account->like[image] - 1;
	if (!account->symbols[owner])
		account->symbols[owner] = open_symbols(account->plan, &images[owner]);
	return account->symbols[owner];
}

static bool is_vdso(const struct image *image, uint64_t address)
{
	for (size_t i = 0; i < image->module_count; i++)
		if (!strcmp(image->modules[i].path, VDSO_NAME) && address >= image->modules[i].bias &&
		    address - image->modules[i].bias < VDSO_BYTES)
			return true;
	return false;
}

/* What the address is called; false for code of no known module. The strings are the pool's. */
static bool name_place(struct account *account, const struct object_key *key, struct text_pool *texts,
                       struct line_time *row)
{
	if (key->image >= account->timeline->image_count)
		return false;
	/* A caller is where its call returns to; a sample is where the next instruction begins. */
	uint64_t behind = key->kind == LANE_RUNNING ? key->address + 1 : key->address;
	const struct symbols_place *place = symbols_line(symbols_of(account, key->image), behind);
	if (place && place->own && place->file) {
		*row = (struct line_time){.file = text_pool_add(texts, place->file), .line = place->line};
		return true;
	}
	bool vdso = !place && is_vdso(&account->timeline->images[key->image], key->address);
	if (!place && !vdso)
		return false;
	*row = (struct line_time){.module = text_pool_add(texts, vdso ? VDSO_NAME : place->module),
	                          .function = vdso || !place->function ? NULL : text_pool_add(texts, place->function)};
	return true;
}

/* Nothing stands before anything. */
static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strcmp(a, b);
}

static int compare_rows(const void *left, const void *right)
{
	const struct line_time *a = left, *b = right;
	int order = compare_text(a->file, b->file);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	if (!order)
		order = compare_text(a->module, b->module);
	return order ? order : compare_text(a->function, b->function);
}

static void add_row(struct rows *rows, const struct line_time *row)
{
	rows->rows = grow(rows->rows, rows->count, &rows->capacity, sizeof *rows->rows);
	rows->rows[rows->count++] = *row;
}

/* What stands for the same place becomes one. */
static void merge_rows(struct rows *rows)
{
	size_t count = 0;
	if (rows->count)
		qsort(rows->rows, rows->count, sizeof *rows->rows, compare_rows);
	for (size_t i = 0; i < rows->count; i++) {
		const struct line_time *row = &rows->rows[i];
		if (!count || compare_rows(&rows->rows[count - 1], row) != 0) {
			rows->rows[count++] = *row;
			continue;
		}
		struct line_time *into = &rows->rows[count - 1];
		into->samples += row->samples;
		into->on_cpu_ns += row->on_cpu_ns;
		for (int state = 0; state < LANE_STATES; state++)
			into->off_cpu_ns[state] += row->off_cpu_ns[state];
	}
	rows->count = count;
}

/* Turns addresses into places. */
static void take_tallies(struct account *account, struct lines *lines, struct rows *own, struct rows *other)
{
	for (size_t i = 0; i < account->tally_count; i++) {
		const struct tally *tally = &account->tallies[i];
		struct line_time row;
		bool running = tally->key.kind == LANE_RUNNING;
		if (!name_place(account, &tally->key, lines->texts, &row)) {
			if (running)
				lines->unknown_samples += tally->samples;
			else
				lines->unplaced_ns[tally->key.kind] += tally->ns;
			continue;
		}
		if (running) {
			row.samples = tally->samples;
			row.on_cpu_ns = tally->samples * lines->period_ns;
		} else {
			row.off_cpu_ns[tally->key.kind] = tally->ns;
		}
		add_row(row.file ? own : other, &row);
	}
}

static bool count_samples(struct account *account, const struct trace *trace, struct lines *lines, struct error *err)
{
	struct code_samples samples = {0};
	if (!code_samples_read(trace, account->timeline, &samples, err))
		return false;
	lines->samples = samples.count;
	for (size_t i = 0; i < samples.count; i++) {
		const struct code_sample *sample = &samples.samples[i];
		if (sample->image == TIMELINE_NONE)
			lines->unknown_samples++;
		else
			add_tally(account, &(struct object_key){sample->image, sample->address, LANE_RUNNING}, 0, 1);
	}
	code_samples_free(&samples);
	lines->sampled = true;
	lines->period_ns = trace->sample_period_ns;
	lines->lost = account->timeline->lost;
	for (size_t i = 0; i < account->timeline->lane_count; i++)
		lines->cpu_ns += account->timeline->lanes[i].cpu_ns;
	uint64_t stood_for = lines->samples * lines->period_ns;
	lines->unattributed_ns = lines->cpu_ns > stood_for ? lines->cpu_ns - stood_for : 0;
	return true;
}

static void count_waits(struct account *account, struct lines *lines)
{
	const struct timeline *timeline = account->timeline;
	lines->waited = true;
	for (size_t i = 0; i < timeline->lane_count; i++)
		for (size_t j = 0; j < timeline->lanes[i].slice_count; j++) {
			const struct slice *slice = &timeline->lanes[i].slices[j];
			const struct wait *wait = slice->wait == TIMELINE_NO_WAIT ? NULL : &timeline->waits[slice->wait];
			uint64_t ns = slice->end_ns - slice->start_ns;
			if (slice->state == LANE_RUNNING)
				continue;
			if (wait && wait->caller && wait->image != TIMELINE_NONE)
				add_tally(account, &(struct object_key){wait->image, wait->caller, slice->state}, ns, 0);
			else
				lines->unplaced_ns[slice->state] += ns;
		}
}

/* Why no CPU time can be placed by this trace; empty where it can. */
static void tell_unsampled(const struct trace *trace, char *why, size_t size)
{
	why[0] = '\0';
	if (!trace)
		snprintf(why, size, "no run was sampled");
	else if (trace->method != TRACE_SWITCH_RECORDS)
		snprintf(why, size, "%s", trace->why);
	else if (!trace->sample_period_ns)
		snprintf(why, size, "the run was not sampled");
}

static bool account_for(const struct lines_plan *plan, const struct trace *trace, struct lines *lines, struct rows *own,
                        struct rows *other, struct error *err)
{
	bool ok = true, sampled = trace == plan->sampled && !*lines->why, waited = trace == plan->waited;
	const struct timeline *timeline = waited ? plan->timeline : NULL;
	struct timeline made = {0};
	struct account account = {0};
	struct error problem = {0};
	if (!timeline && !timeline_make(trace, &made, &problem)) {
		/* On the lower rungs there may be none, and that is no error. */
		if (trace->method == TRACE_SWITCH_RECORDS)
			return error_set(err, "%s", problem.text);
		if (waited)
			snprintf(lines->wait_why, sizeof lines->wait_why, "%.255s", problem.text);
		return true;
	}
	account_open(&account, plan, timeline ? timeline : &made);
	if (sampled)
		ok = count_samples(&account, trace, lines, err);
	if (ok && waited)
		count_waits(&account, lines);
	if (ok)
		take_tallies(&account, lines, own, other);
	account_close(&account);
	timeline_free(&made);
	return ok;
}

bool lines_make(const struct lines_plan *plan, struct lines *lines, struct error *err)
{
	struct rows own = {0}, other = {0};
	*lines = (struct lines){.texts = text_pool_new()};
	tell_unsampled(plan->sampled, lines->why, sizeof lines->why);
	if (!plan->waited)
		snprintf(lines->wait_why, sizeof lines->wait_why, "no run's waits were asked for");
	bool ok = true;
	if (!*lines->why && plan->sampled != plan->waited)
		ok = account_for(plan, plan->sampled, lines, &own, &other, err);
	if (ok && plan->waited)
		ok = account_for(plan, plan->waited, lines, &own, &other, err);
	merge_rows(&own);
	merge_rows(&other);
	lines->own = own.rows;
	lines->own_count = own.count;
	lines->other = other.rows;
	lines->other_count = other.count;
	if (!ok)
		lines_free(lines);
	return ok;
}

void lines_free(struct lines *lines)
{
	if (!lines)
		return;
	free(lines->own);
	free(lines->other);
	text_pool_free(lines->texts);
	*lines = (struct lines){0};
}
