/* Looks through folders that a sandbox is to show. */
#include "system/shown.h"

#include "base/memory.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Root's programs run as somebody else, whom only the mode lets in. */
static bool may_enter(const struct stat *status, const char *path)
{
	if (geteuid() == 0)
		return (status->st_mode & (S_IROTH | S_IXOTH)) == (S_IROTH | S_IXOTH);
	return access(path, R_OK | X_OK) == 0;
}

bool shown_serves(const char *path, bool execute)
{
	struct stat status = {0};
	mode_t wanted = execute ? S_IROTH | S_IXOTH : S_IROTH;
	if (geteuid() == 0)
		return !stat(path, &status) && (status.st_mode & wanted) == wanted;
	return access(path, execute ? R_OK | X_OK : R_OK) == 0;
}

static bool take_entry(FTS *tree, FTSENT *entry, struct shown_folder *folder, struct error *err)
{
	switch (entry->fts_info) {
	case FTS_D:
		/* What cannot be entered from inside needs no cover, and bubblewrap could not put one there. */
		if (entry->fts_level > 0 && !may_enter(entry->fts_statp, entry->fts_accpath))
			fts_set(tree, entry, FTS_SKIP);
		return true;
	case FTS_DEFAULT:
		if (!S_ISSOCK(entry->fts_statp->st_mode) && !S_ISFIFO(entry->fts_statp->st_mode))
			return true; /* a device: the mount has none */
		if (folder->covered_count == SHOWN_COVERED)
			return error_set(err, "it has more than %d sockets and named pipes in it", SHOWN_COVERED);
		folder->covered = memory_resize(folder->covered, folder->covered_count + 1, sizeof *folder->covered);
		folder->covered[folder->covered_count++] = memory_string(entry->fts_path);
		return true;
	default: return true;
	}
}

bool shown_look(const char *path, struct shown_folder *folder, struct error *err)
{
	bool ok = false;
	size_t entries = 0;
	FTS *tree = NULL;
	struct stat status = {0};
	*folder = (struct shown_folder){ .path = realpath(path, NULL) };
	if (!folder->path || stat(folder->path, &status))
		return error_set_errno(err, "cannot look into it");
	if (!S_ISDIR(status.st_mode)) {
		error_set(err, "it is no folder");
		goto done;
	}
	if (!may_enter(&status, folder->path)) {
		error_set(err, geteuid() == 0 ? "only its owner may read it, and programs that root starts run as user 65534"
		                              : "you may not read it");
		goto done;
	}
	tree = fts_open((char *const[]){ folder->path, NULL }, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!tree) {
		error_set_errno(err, "cannot look into it");
		goto done;
	}
	FTSENT *entry = NULL;
	while ((entry = fts_read(tree))) {
		entries += entry->fts_info != FTS_DP; /* folders come twice */
		if (entries > SHOWN_ENTRIES) {
			error_set(err, "it has more than %d files in it", SHOWN_ENTRIES);
			goto done;
		}
		if (!take_entry(tree, entry, folder, err))
			goto done;
	}
	ok = true;
done:
	if (tree)
		fts_close(tree);
	if (!ok)
		shown_free(folder);
	return ok;
}

void shown_free(struct shown_folder *folder)
{
	if (!folder)
		return;
	for (size_t i = 0; i < folder->covered_count; i++)
		free(folder->covered[i]);
	free(folder->covered);
	free(folder->path);
	*folder = (struct shown_folder){0};
}
