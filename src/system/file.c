/* Files and folders: whole files read, written whole or not at all, folders listed. */
#include "system/file.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum file_kind file_kind(const char *path)
{
	struct stat status;
	if (stat(path, &status))
		return FILE_MISSING;
	return S_ISREG(status.st_mode) ? FILE_REGULAR : S_ISDIR(status.st_mode) ? FILE_FOLDER : FILE_OTHER;
}

/* A descriptor on the regular file; -1 with *err when it is none. *size: what it says of its size. */
static int open_regular(const char *path, size_t *size, struct error *err)
{
	struct stat status;
	/* O_NONBLOCK: a named pipe must not hang us; it is refused below. */
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0) {
		error_set_errno(err, "cannot read %s", path);
		return -1;
	}
	if (fstat(descriptor, &status)) {
		error_set_errno(err, "cannot read %s", path);
	} else if (!S_ISREG(status.st_mode)) {
		error_set(err, "cannot read %s: it is not a regular file", path);
	} else {
		*size = (size_t)status.st_size;
		return descriptor;
	}
	close(descriptor);
	return -1;
}

/* Adds what is left to read. name: what it is called in *err; size: how much it may be. */
static bool read_rest(int descriptor, const char *name, size_t size, size_t limit, struct buffer *bytes,
                      struct error *err)
{
	size_t start = bytes->size;
	for (;;) {
		/* One byte more than the size tells the end of the file in a single read. */
		size_t step = size > bytes->size - start ? size - (bytes->size - start) + 1 : 65536;
		if (step > limit + 1)
			step = limit + 1;
		ssize_t got = read(descriptor, buffer_reserve(bytes, step), step);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_errno(err, "cannot read %s", name);
		bytes->size += (size_t)got;
		if (bytes->size - start > limit)
			return error_set(err, "cannot read %s: larger than %zu bytes", name, limit);
		if (got == 0)
			break;
	}
	buffer_add(bytes, "", 0);
	return true;
}

bool file_read(const char *path, size_t limit, struct buffer *bytes, struct error *err)
{
	size_t size = 0;
	int descriptor = open_regular(path, &size, err);
	if (descriptor < 0)
		return false;
	bool ok = read_rest(descriptor, path, size, limit, bytes, err);
	close(descriptor);
	return ok;
}

bool file_read_head(const char *path, size_t most, struct buffer *bytes, struct error *err)
{
	size_t size = 0, start = bytes->size;
	int descriptor = open_regular(path, &size, err);
	if (descriptor < 0)
		return false;
	ssize_t got = 1;
	while (got && bytes->size - start < most) {
		size_t left = most - (bytes->size - start);
		got = read(descriptor, buffer_reserve(bytes, left), left);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		bytes->size += (size_t)got;
	}
	if (got < 0)
		error_set_errno(err, "cannot read %s", path);
	close(descriptor);
	buffer_add(bytes, "", 0);
	return got >= 0;
}

bool file_read_input(size_t limit, bool *is_file, struct buffer *bytes, struct error *err)
{
	struct stat status;
	*is_file = !fstat(STDIN_FILENO, &status) && S_ISREG(status.st_mode) &&
	           (fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) != O_WRONLY;
	return !*is_file || read_rest(STDIN_FILENO, "standard input", (size_t)status.st_size, limit, bytes, err);
}

bool file_make_folder(const char *path, struct error *err)
{
	if (file_kind(path) == FILE_FOLDER)
		return true;
	bool ok = true;
	char *copy = memory_string(path);
	for (char *slash = copy + 1; ok && *copy; slash++) {
		if (*slash != '/' && *slash != '\0')
			continue;
		char end = *slash;
		*slash = '\0';
		if (mkdir(copy, 0777) && !(errno == EEXIST && file_kind(copy) == FILE_FOLDER))
			ok = error_set_errno(err, "cannot make the folder %s", copy);
		*slash = end;
		if (!end)
			break;
	}
	free(copy);
	return ok;
}

static bool make_folder_above(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return true;
	char *folder = memory_copy(path, (size_t)(slash - path));
	bool ok = file_make_folder(folder, err);
	free(folder);
	return ok;
}

static bool holds(const char *path, const void *bytes, size_t size)
{
	struct stat status;
	struct buffer old = {0};
	bool same = !lstat(path, &status) && S_ISREG(status.st_mode) && (size_t)status.st_size == size &&
	            file_read(path, size, &old, NULL) && old.size == size && !memcmp(old.data, bytes, size);
	buffer_free(&old);
	return same;
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
	while (size) {
		ssize_t put = write(descriptor, bytes, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		bytes += put;
		size -= (size_t)put;
	}
	return true;
}

static bool stage(const char *path, const void *bytes, size_t size, mode_t mode, bool durable,
                  struct file_staged *staged, struct error *err)
{
	*staged = (struct file_staged){ .path = memory_string(path) };
	if (size <= SIZE_MAX / 2 && holds(path, bytes, size))
		return true;
	if (!make_folder_above(path, err))
		goto failed;
	/* Renaming onto a folder would fail when other files are in their places already. */
	struct stat status;
	if (!lstat(path, &status) && S_ISDIR(status.st_mode)) {
		error_set(err, "cannot write %s: a folder stands in its place", path);
		goto failed;
	}
	const char *slash = strrchr(path, '/');
	int folder_length = slash ? (int)(slash - path + 1) : 0;
	struct buffer beside = {0};
	/* Hidden, so that a list of the folder passes it over; the process id tells whose it was after a kill. */
	buffer_add_format(&beside, "%.*s.%s.%ld.new", folder_length, path, path + folder_length, (long)getpid());
	staged->beside = buffer_take(&beside);
	int descriptor = open(staged->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (descriptor < 0) {
		error_set_errno(err, "cannot write %s", staged->beside);
		goto failed;
	}
	bool ok = write_all(descriptor, bytes, size) && (!durable || !fsync(descriptor));
	if (!ok)
		error_set_errno(err, "cannot write %s", staged->beside);
	if (close(descriptor) && ok)
		ok = error_set_errno(err, "cannot write %s", staged->beside);
	if (ok)
		return true;
failed:
	file_staged_free(staged);
	return false;
}

bool file_stage(const char *path, const void *bytes, size_t size, mode_t mode, struct file_staged *staged,
                struct error *err)
{
	return stage(path, bytes, size, mode, false, staged, err);
}

bool file_commit(struct file_staged *staged, struct error *err)
{
	if (!staged->beside)
		return true;
	if (rename(staged->beside, staged->path))
		return error_set_errno(err, "cannot put %s in place", staged->path);
	free(staged->beside);
	staged->beside = NULL;
	return true;
}

void file_staged_free(struct file_staged *staged)
{
	if (!staged)
		return;
	if (staged->beside)
		unlink(staged->beside);
	free(staged->beside);
	free(staged->path);
	*staged = (struct file_staged){0};
}

bool file_write(const char *path, const void *bytes, size_t size, bool durable, bool *written, struct error *err)
{
	struct file_staged staged = {0};
	bool ok = stage(path, bytes, size, 0666, durable, &staged, err);
	if (written)
		*written = ok && staged.beside;
	ok = ok && file_commit(&staged, err);
	file_staged_free(&staged);
	return ok;
}

struct listing {
	char **names;
	size_t count, capacity;
};

static bool list_below(const char *folder, const char *prefix, struct listing *listing, struct error *err)
{
	DIR *directory = opendir(folder);
	if (!directory)
		return error_set_errno(err, "cannot list %s", folder);
	bool ok = true;
	struct dirent *entry = NULL;
	while (ok && (errno = 0, entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		struct buffer path = {0}, name = {0};
		buffer_add_format(&path, "%s/%s", folder, entry->d_name);
		buffer_add_format(&name, "%s%s", prefix, entry->d_name);
		struct stat status;
		if (lstat(path.data, &status)) {
			ok = errno == ENOENT || error_set_errno(err, "cannot read %s", path.data);
		} else if (S_ISDIR(status.st_mode)) {
			buffer_add_string(&name, "/");
			ok = list_below(path.data, name.data, listing, err);
		} else if (S_ISREG(status.st_mode) || (S_ISLNK(status.st_mode) && file_kind(path.data) == FILE_REGULAR)) {
			if (listing->count == listing->capacity) {
				listing->capacity = listing->capacity ? listing->capacity * 2 : 16;
				listing->names = memory_resize(listing->names, listing->capacity, sizeof *listing->names);
			}
			listing->names[listing->count++] = buffer_take(&name);
		}
		buffer_free(&path);
		buffer_free(&name);
	}
	if (ok && errno)
		ok = error_set_errno(err, "cannot list %s", folder);
	closedir(directory);
	return ok;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool file_list(const char *folder, char ***names, size_t *count, struct error *err)
{
	struct listing listing = {0};
	bool ok = list_below(folder, "", &listing, err);
	if (!ok) {
		for (size_t i = 0; i < listing.count; i++)
			free(listing.names[i]);
		free(listing.names);
		listing = (struct listing){0};
	}
	if (listing.count)
		qsort(listing.names, listing.count, sizeof *listing.names, compare_names);
	*names = listing.names;
	*count = listing.count;
	return ok;
}

/* ".NAME.PID.new" of a process that is gone. */
static bool is_abandoned(const char *name)
{
	size_t length = strlen(name);
	if (name[0] != '.' || length < 7 || strcmp(name + length - 4, ".new"))
		return false;
	const char *digits = name + length - 4;
	while (digits > name && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	if (digits == name + length - 4 || digits - name < 2 || digits[-1] != '.')
		return false;
	long writer = strtol(digits, NULL, 10);
	return writer > 0 && writer <= INT_MAX && writer != getpid() && kill((pid_t)writer, 0) && errno == ESRCH;
}

void file_sweep(const char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *entry = NULL;
	while (directory && (entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		struct buffer path = {0};
		buffer_add_format(&path, "%s/%s", folder, entry->d_name);
		struct stat status;
		if (is_abandoned(entry->d_name))
			unlink(path.data);
		else if (!lstat(path.data, &status) && S_ISDIR(status.st_mode))
			file_sweep(path.data);
		buffer_free(&path);
	}
	if (directory)
		closedir(directory);
}

bool file_lock(const char *path, bool *taken, struct error *err)
{
	*taken = false;
	if (!make_folder_above(path, err))
		return false;
	int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (descriptor < 0)
		return error_set_errno(err, "cannot lock %s", path);
	*taken = !flock(descriptor, LOCK_EX | LOCK_NB);
	if (*taken)
		return true; /* the descriptor stays open: it is the lock */
	bool held = errno == EWOULDBLOCK;
	if (!held)
		error_set_errno(err, "cannot lock %s", path);
	close(descriptor);
	return held;
}

bool file_remove(const char *path, struct error *err)
{
	if (!unlink(path) || errno == ENOENT || errno == ENOTDIR)
		return true;
	return error_set_errno(err, "cannot remove %s", path);
}

bool file_remove_empty_folder(const char *path)
{
	return !rmdir(path) || errno == ENOENT;
}
