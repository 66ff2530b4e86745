/* The walls: how bubblewrap is called. */
#include "system/sandbox.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The launcher's program, put into the binary by the Makefile. */
extern const char launch_program[];
extern const uint64_t launch_program_size;

enum { NOBODY = 65534 };

/* Where bwrap may be: a fixed list, as PATH belongs to whoever calls us. */
static const char *const BWRAP[] = { "/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap" };

/* A NULL-terminated array of strings that grows. */
struct words {
	char **words;
	size_t count, capacity;
};

static void add_word(struct words *list, const char *word)
{
	if (list->count + 2 > list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 64;
		list->words = memory_resize(list->words, list->capacity, sizeof *list->words);
	}
	list->words[list->count++] = memory_string(word);
	list->words[list->count] = NULL;
}

#define ADD(list, ...) add_words(list, (const char *const[]){ __VA_ARGS__, NULL })
static void add_words(struct words *list, const char *const *words)
{
	for (; *words; words++)
		add_word(list, *words);
}

static void add_number(struct words *list, unsigned long long number)
{
	char digits[32];
	snprintf(digits, sizeof digits, "%llu", number);
	add_word(list, digits);
}

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	return !strncmp(path, folder, length) && path[length] == '/';
}

/* The bytes on a descriptor, for bwrap to copy. */
static bool add_file(struct words *list, const struct child_plan *plan, struct sandbox *sandbox,
                     const struct child_file *file, struct error *err)
{
	bool shown = false;
	for (size_t i = 0; i < plan->folder_count; i++)
		shown |= is_below(file->path, plan->folders[i].path);
	int descriptor = memfd_create("livepost", MFD_CLOEXEC);
	if (descriptor < 0)
		return error_set_errno(err, "sandbox: cannot hand in %s", file->path);
	sandbox->descriptors = memory_resize(sandbox->descriptors, sandbox->descriptor_count + 1, sizeof(int));
	sandbox->descriptors[sandbox->descriptor_count++] = descriptor;
	const char *bytes = file->data;
	for (size_t done = 0; done < file->size;) {
		ssize_t put = write(descriptor, bytes + done, file->size - done);
		if (put < 0 && errno != EINTR)
			return error_set_errno(err, "sandbox: cannot hand in %s", file->path);
		if (put > 0)
			done += (size_t)put;
	}
	lseek(descriptor, 0, SEEK_SET);
	char mode[8];
	snprintf(mode, sizeof mode, "%04o", (unsigned)file->mode & 07777);
	ADD(list, "--perms", mode, shown ? "--ro-bind-data" : "--file");
	add_number(list, (unsigned)descriptor);
	add_word(list, file->path);
	return true;
}

static void add_system(struct words *list)
{
	/* Merged or not, as the host has them. */
	static const char *const folders[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" };
	ADD(list, "--ro-bind", "/usr", "/usr");
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct stat status;
		char target[256];
		if (lstat(folders[i], &status))
			continue;
		ssize_t length = S_ISLNK(status.st_mode) ? readlink(folders[i], target, sizeof target - 1) : -1;
		if (length > 0) {
			target[length] = '\0';
			ADD(list, "--symlink", target, folders[i]);
		} else {
			ADD(list, "--ro-bind", folders[i], folders[i]);
		}
	}
	/* What programs of /usr need to start and to tell the time; /nix and /gnu for systems whose /usr is elsewhere. */
	static const char *const kept[] = {
		"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
		"/sys/devices/system/cpu", "/nix/store", "/gnu/store",
	};
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		ADD(list, "--ro-bind-try", kept[i], kept[i]);
}

static const char *find_bwrap(void)
{
	for (size_t i = 0; i < sizeof BWRAP / sizeof *BWRAP; i++)
		if (!access(BWRAP[i], X_OK))
			return BWRAP[i];
	return NULL;
}

/* Where the mounts of root's folders are made, for bwrap to find: see show_folders. */
static void add_source(struct words *list, size_t index)
{
	char source[32];
	snprintf(source, sizeof source, "/tmp/%zu", index);
	add_word(list, source);
}

static bool can_mount(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {0};
	return geteuid() == 0 && !syscall(SYS_capget, &header, data) && (data[0].effective & 1u << CAP_SYS_ADMIN);
}

static void add_folders(struct words *list, const struct child_plan *plan, struct sandbox *sandbox)
{
	bool mounts = can_mount();
	if (mounts) { /* no more than SHOWN_FOLDERS: see child.h */
		sandbox->folders = plan->folders;
		sandbox->folder_count = plan->folder_count;
	}
	for (size_t i = 0; i < plan->folder_count; i++) {
		const struct shown_folder *folder = &plan->folders[i];
		add_word(list, "--ro-bind");
		if (mounts)
			add_source(list, i);
		else
			add_word(list, folder->path);
		add_word(list, folder->path);
		for (size_t j = 0; j < folder->covered_count; j++)
			ADD(list, "--ro-bind", "/dev/null", folder->covered[j]);
	}
}

static void fill_environment(const struct child_plan *plan, struct sandbox *sandbox)
{
	static const char *const always[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp",
		"LANG=C.UTF-8", "USER=livepost" };
	struct words list = {0};
	for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
		size_t name = strcspn(always[i], "=") + 1;
		bool given = false;
		for (const char *const *one = plan->environment; one && *one; one++)
			given |= !strncmp(*one, always[i], name);
		if (!given)
			add_word(&list, always[i]);
	}
	if (plan->environment)
		add_words(&list, plan->environment);
	sandbox->environment = list.words;
}

/* A file system for the log alone: the program's scratch space and the log shall not take each other's room. */
static void add_log_folder(struct words *list, const struct child_observer *observer)
{
	const char *slash = strrchr(observer->log_path, '/');
	char *folder = memory_copy(observer->log_path, (size_t)(slash - observer->log_path));
	ADD(list, "--perms", "0755", "--size");
	add_number(list, observer->log_bytes);
	ADD(list, "--tmpfs", folder);
	free(folder);
}

bool sandbox_prepare(const struct child_plan *plan, int outside, struct sandbox *sandbox, struct error *err)
{
	bool ok = false;
	struct words list = {0};
	*sandbox = (struct sandbox){0};
	const char *bwrap = find_bwrap();
	if (!bwrap)
		return error_set(err, "sandbox: bubblewrap (bwrap) is not installed: without it nothing is run; "
		                      "install the package bubblewrap");
	ADD(&list, bwrap, "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000",
	    "--hostname", "livepost", "--as-pid-1", "--new-session", "--die-with-parent", "--cap-drop", "ALL");
	add_system(&list);
	ADD(&list, "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size");
	add_number(&list, plan->limits.scratch_bytes);
	ADD(&list, "--tmpfs", "/tmp", "--perms", "1777", "--size");
	/* bwrap's /dev is a tmpfs without bounds: half of the machine's memory. */
	add_number(&list, plan->limits.scratch_bytes);
	ADD(&list, "--tmpfs", "/dev/shm");
	if (plan->observer && plan->observer->log_path)
		add_log_folder(&list, plan->observer);
	ADD(&list, "--remount-ro", "/dev");
	add_folders(&list, plan, sandbox);
	static const char users[] = "livepost:x:1000:1000::/tmp:/bin/sh\n", groups[] = "livepost:x:1000:\n";
	const struct child_file own[] = {
		{ "/etc/passwd", users, sizeof users - 1, 0444 },
		{ "/etc/group", groups, sizeof groups - 1, 0444 },
		{ "/livepost/launch", launch_program, (size_t)launch_program_size, 0555 },
	};
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (!add_file(&list, plan, sandbox, &own[i], err))
			goto done;
	if (plan->observer && plan->observer->preload && !add_file(&list, plan, sandbox, plan->observer->preload, err))
		goto done;
	for (size_t i = 0; i < plan->file_count; i++)
		if (!add_file(&list, plan, sandbox, &plan->files[i], err))
			goto done;
	if (plan->directory)
		ADD(&list, "--dir", plan->directory);
	ADD(&list, "--remount-ro", "/", "--chdir", plan->directory ? plan->directory : "/tmp", "--", "/livepost/launch");
	add_number(&list, (unsigned)outside);
	size_t outputs = 0;
	while (plan->outputs && plan->outputs[outputs])
		outputs++;
	add_number(&list, outputs);
	if (plan->outputs)
		add_words(&list, plan->outputs);
	for (size_t i = 0; i < plan->service_count; i++) {
		const struct child_service *service = &plan->services[i];
		add_word(&list, service->directory ? service->directory : "/tmp");
		add_words(&list, service->argv);
		if (service->environment)
			add_words(&list, service->environment);
	}
	add_words(&list, plan->argv);
	fill_environment(plan, sandbox);
	ok = true;
done:
	sandbox->argv = list.words;
	if (!ok)
		sandbox_free(sandbox);
	return ok;
}

/* Root's folder may lie in one that nobody else can enter, and bwrap, which runs as somebody else, looks for it by its
   path: so it is mounted, in a mount namespace of our own, where everybody can find it. On /tmp, as every system has
   that folder, and bwrap covers it next. */
static bool show_folders(const struct sandbox *sandbox)
{
	if (!sandbox->folder_count)
		return true;
	bool ok = !unshare(CLONE_NEWNS) && !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	/* Opened in the new namespace, as mounts are bound only within one, and before /tmp is covered, in which they may lie. */
	int descriptors[SHOWN_FOLDERS] = {0};
	for (size_t i = 0; ok && i < sandbox->folder_count; i++)
		ok = (descriptors[i] = open(sandbox->folders[i].path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0;
	ok = ok && !mount("none", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	for (size_t i = 0; ok && i < sandbox->folder_count; i++) {
		char source[32], target[32];
		snprintf(source, sizeof source, "/proc/self/fd/%d", descriptors[i]);
		snprintf(target, sizeof target, "/tmp/%zu", i);
		ok = !mkdir(target, 0755) && !mount(source, target, NULL, MS_BIND | MS_REC, NULL);
	}
	if (ok)
		return true;
	static const char why[] = "the program's folders could not be mounted";
	ssize_t ignored = write(STDERR_FILENO, why, sizeof why - 1);
	(void)ignored;
	return false;
}

void sandbox_enter(const struct sandbox *sandbox)
{
	if (!show_folders(sandbox))
		return;
	for (size_t i = 0; i < sandbox->descriptor_count; i++)
		if (fcntl(sandbox->descriptors[i], F_SETFD, 0))
			return;
	/* Root inside a user namespace would still be root to the files outside. */
	if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)))
		return;
	execve(sandbox->argv[0], sandbox->argv, sandbox->environment);
}

static void free_words(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

void sandbox_free(struct sandbox *sandbox)
{
	if (!sandbox)
		return;
	for (size_t i = 0; i < sandbox->descriptor_count; i++)
		close(sandbox->descriptors[i]);
	free(sandbox->descriptors);
	free_words(sandbox->argv);
	free_words(sandbox->environment);
	*sandbox = (struct sandbox){0};
}
