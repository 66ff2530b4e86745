/* Files and folders: whole files read, written whole or not at all, folders listed. Knows no formats. */
#ifndef LIVEPOST_SYSTEM_FILE_H
#define LIVEPOST_SYSTEM_FILE_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum file_kind { FILE_MISSING, FILE_REGULAR, FILE_FOLDER, FILE_OTHER };

enum file_kind file_kind(const char *path); /* follows links */

/* Adds the file's bytes to *bytes. Fails for what is not a regular file and for more than `limit` bytes. */
bool file_read(const char *path, size_t limit, struct buffer *bytes, struct error *err);

/* Adds the first bytes of the file, `most` at most. Fails for what is not a regular file. */
bool file_read_head(const char *path, size_t most, struct buffer *bytes, struct error *err);

/* Adds what is left to read of standard input where that is a regular file, and says in *is_file whether it is. Fails when
   it cannot be read, and for more than `limit` bytes. */
bool file_read_input(size_t limit, bool *is_file, struct buffer *bytes, struct error *err);

/* Writes beside the path and renames, so that a reader sees the old bytes or the new ones. A file that already holds
   these bytes is left alone, and *written (may be NULL) is false. Folders above it are made. With `durable`, the bytes
   are on the disk before the rename. */
bool file_write(const char *path, const void *bytes, size_t size, bool durable, bool *written, struct error *err);

/* A file being published together with others: first all are staged beside their paths, then all are renamed. */
struct file_staged {
	char *path, *beside; /* beside is NULL where the path already holds the bytes */
};
bool file_stage(const char *path, const void *bytes, size_t size, mode_t mode, struct file_staged *staged,
                struct error *err);
bool file_commit(struct file_staged *staged, struct error *err);
void file_staged_free(struct file_staged *staged); /* removes what was staged and not committed; takes NULL */

/* Paths of all regular files below the folder, relative to it, sorted by bytes; hidden names (starting with a dot) are
   passed over, links are not followed into folders. *names is owned by the caller: each string and the array. */
bool file_list(const char *folder, char ***names, size_t *count, struct error *err);

/* Removes what writers that were killed left beside files in the folder and below: staged files whose process is
   gone. Says nothing when it cannot. */
void file_sweep(const char *folder);

/* Takes an exclusive lock on the path, which is made when it is not there; held until the process ends. *taken is false
   when another process holds it. */
bool file_lock(const char *path, bool *taken, struct error *err);

bool file_make_folder(const char *path, struct error *err); /* and those above it; fine when it is there */
bool file_remove(const char *path, struct error *err);      /* a file; fine when it is not there */
bool file_remove_empty_folder(const char *path);            /* true when it was empty, or not there, and is gone */

#endif
