/* Names lanes as CPython names its threads, of which the kernel is not told before 3.14. Knows no object from inside.
 *
 * Crashing is worse than a missing name. So the interpreter is only asked where this thread is known to have it to itself
 * with no exception on the way, and then nothing is called that could run code of the program: attributes are read as
 * object.__getattribute__ reads them, mappings only where they are dicts. There are two such moments:
 * - Since 3.12 an audit hook (PEP 578) is told in the creating thread that a thread is about to start, and of much that
 *   the new one does.
 * - Before, a thread that tries one of Python's own locks. Every threading.Thread does when it begins and, with the
 *   name that it has then, when it ends. */
#include "probe/python.h"
#include "probe/log.h"
#include "probe/start.h"

#include <string.h>

/* As their documentation has them; of an object nothing is known but its address. */
#define PYTHON_NAMES(X) \
	X(int, PySys_AddAuditHook, (int (*hook)(const char *, void *, void *), void *data)) \
	X(int, Py_IsInitialized, (void)) \
	X(const char *, Py_GetVersion, (void)) \
	X(int, PyThread_acquire_lock, (void *lock, int waits)) \
	X(int, PyThread_acquire_lock_timed, (void *lock, long long microseconds, int interruptible)) \
	X(void *, _PyThreadState_UncheckedGet, (void)) \
	X(void *, PyGILState_GetThisThreadState, (void)) \
	X(void *, PyErr_Occurred, (void)) \
	X(int, PyDict_Next, (void *dict, long *at, void **key, void **value)) \
	X(unsigned long, PyLong_AsUnsignedLong, (void *number)) \
	X(void, PyErr_Clear, (void)) \
	X(void, Py_DecRef, (void *object)) \
	X(void *, PyTuple_GetItem, (void *tuple, long at)) \
	X(void *, PyObject_GenericGetAttr, (void *object, void *name)) \
	X(void *, PyObject_Type, (void *object)) \
	X(unsigned long, PyType_GetFlags, (void *type)) \
	X(void *, PyUnicode_FromString, (const char *text)) \
	X(const char *, PyUnicode_AsUTF8, (void *text)) \
	X(void *, PyImport_GetModuleDict, (void)) \
	X(void *, PyModule_GetDict, (void *module)) \
	X(void *, PyDict_GetItemWithError, (void *dict, void *key)) \
	X(void *, PyLong_FromUnsignedLong, (unsigned long number)) \
	X(unsigned long, PyThread_get_thread_ident, (void))

/* NULL in a program that is no Python, or one before 3.8. */
#define PYTHON_WEAK(type, name, parameters) __attribute__((weak)) type name parameters;
PYTHON_NAMES(PYTHON_WEAK)

uintptr_t python_locks = UINTPTR_MAX, python_locks_bytes;

static __thread struct {
	struct python_name next;  /* of the thread that is about to be created */
	uint64_t said;            /* hash of the name that this lane has, 0 for none */
	uint32_t said_in;         /* the process: the child of a fork has lanes of its own */
	uint64_t looked;          /* when a name was last looked for */
	bool inside;
} thread __attribute__((tls_model("initial-exec")));

static bool is_dict(void *object)
{
	enum { DICT_SUBCLASS = 1 << 29 };
	void *type = object ? PyObject_Type(object) : NULL;
	bool is = type && PyType_GetFlags(type) & (unsigned long)DICT_SUBCLASS;
	if (type)
		Py_DecRef(type);
	return is;
}

/* Borrowed; NULL where it is not there. */
static void *in_dict(void *dict, const char *name)
{
	if (!is_dict(dict))
		return NULL;
	void *key = PyUnicode_FromString(name);
	void *found = key ? PyDict_GetItemWithError(dict, key) : NULL;
	if (key)
		Py_DecRef(key);
	return found;
}

/* Of a module that is already there, a variable. Borrowed. */
static void *in_module(const char *module_name, const char *name)
{
	void *module = in_dict(PyImport_GetModuleDict(), module_name);
	void *variables = module ? PyModule_GetDict(module) : NULL;
	return variables ? in_dict(variables, name) : NULL;
}

/* An attribute that is a text; no name where it is not there or no text. */
static struct python_name text_of(void *object, const char *attribute)
{
	struct python_name name = {0};
	void *key = PyUnicode_FromString(attribute);
	void *value = key ? PyObject_GenericGetAttr(object, key) : NULL;
	const char *text = value ? PyUnicode_AsUTF8(value) : NULL;
	if (text) {
		size_t size = strlen(text);
		while (size > sizeof name.text)
			size--;
		/* Not through the middle of a character. */
		while (size && size < strlen(text) && ((unsigned char)text[size] & 0xc0) == 0x80)
			size--;
		name.size = (uint32_t)size;
		memcpy(name.text, text, size);
	}
	if (value)
		Py_DecRef(value);
	if (key)
		Py_DecRef(key);
	return name;
}

static uint64_t hash(const struct python_name *name)
{
	uint64_t sum = 14695981039346656037u;
	for (uint32_t i = 0; i < name->size; i++)
		sum = (sum ^ (unsigned char)name->text[i]) * 1099511628211u;
	return name->size ? sum | 1 : 0;
}

void python_say_name(const struct python_name *name)
{
	if (!name->size)
		return;
	thread.said = hash(name);
	thread.said_in = probe_log.pid;
	log_text((struct note){ .kind = PROBE_NAME }, name->text, name->size);
}

static bool is_named(const struct python_name *name, const char *text)
{
	return name->size == strlen(text) && !memcmp(name->text, text, name->size);
}

static bool has_ident(void *object, unsigned long ident)
{
	void *key = PyUnicode_FromString("_ident");
	void *value = key ? PyObject_GenericGetAttr(object, key) : NULL;
	bool has = value && PyLong_AsUnsignedLong(value) == ident && !PyErr_Occurred();
	if (value)
		Py_DecRef(value);
	if (key)
		Py_DecRef(key);
	PyErr_Clear();
	return has;
}

/* The Thread object of the thread that runs. Borrowed. */
static void *current_thread(void)
{
	unsigned long ident = PyThread_get_thread_ident();
	void *active = in_module("threading", "_active"), *limbo = in_module("threading", "_limbo");
	void *key = is_dict(active) ? PyLong_FromUnsignedLong(ident) : NULL;
	void *object = key ? PyDict_GetItemWithError(active, key) : NULL;
	if (key)
		Py_DecRef(key);
	/* One that has just begun waits among others. Nothing that we do lets another thread change the dict meanwhile. */
	void *ignored = NULL, *waiting = NULL;
	long at = 0;
	while (!object && is_dict(limbo) && PyDict_Next(limbo, &at, &ignored, &waiting))
		object = has_ident(waiting, ident) ? waiting : NULL;
	return object;
}

static struct python_name current_name(void)
{
	struct python_name name = {0};
	void *object = current_thread();
	if (object)
		name = text_of(object, "_name");
	if (name.size && !is_named(&name, "MainThread"))
		return name;
	/* A main thread is called as its process, unless that is the main one, too. */
	void *process = in_module("multiprocessing.process", "_current_process");
	name = process ? text_of(process, "_name") : (struct python_name){0};
	if (is_named(&name, "MainProcess"))
		name.size = 0;
	return name;
}

static void say_current_name(void)
{
	struct python_name name = current_name();
	if (name.size && probe_on() && (hash(&name) != thread.said || thread.said_in != probe_log.pid))
		python_say_name(&name);
}

/* The function of a new thread is Thread._bootstrap of its object, or anything that somebody gave to _thread. */
static void keep_next_name(void *arguments)
{
	void *function = PyTuple_GetItem(arguments, 0);
	void *key = function ? PyUnicode_FromString("__self__") : NULL;
	void *object = key ? PyObject_GenericGetAttr(function, key) : NULL;
	struct python_name name = {0};
	PyErr_Clear();
	if (object) {
		name = text_of(object, "_name");
		Py_DecRef(object);
	}
	if (key)
		Py_DecRef(key);
	PyErr_Clear();
	if (!name.size && function)
		name = text_of(function, "__qualname__");
	thread.next = name;
}

static bool begins_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static int hear(const char *event, void *arguments, void *unused)
{
	(void)unused;
	if (thread.inside || !arguments)
		return 0;
	bool creates = begins_with(event, "_thread.start_");
	if (!creates && !begins_with(event, "time.") && !begins_with(event, "socket.") && !begins_with(event, "os.")
	    && !begins_with(event, "subprocess.") && strcmp(event, "open") != 0)
		return 0;
	/* While it ends, the interpreter says no to this before it takes anything apart. */
	if (!Py_IsInitialized())
		return 0;
	thread.inside = true;
	if (creates)
		keep_next_name(arguments);
	else
		say_current_name();
	PyErr_Clear();
	thread.inside = false;
	return 0;
}

void python_look(void)
{
	/* Seldom enough to be no part of what a lock costs: what a thread is called for 20 us nobody would read. */
	uint64_t now = log_time();
	if (thread.inside || now - thread.looked < probe_page.quick * 8)
		return;
	/* The one is who has the interpreter, the other this thread: that only it itself can have made the same. */
	void *having = _PyThreadState_UncheckedGet();
	if (!having || having != PyGILState_GetThisThreadState() || !Py_IsInitialized() || PyErr_Occurred())
		return;
	thread.looked = now;
	thread.inside = true;
	say_current_name();
	PyErr_Clear();
	thread.inside = false;
}

struct python_name python_take_name(void)
{
	struct python_name name = thread.next;
	thread.next.size = 0;
	return name;
}

void python_begin(void)
{
#define PYTHON_FIND(type, name, parameters) \
	if (!(name)) \
		return;
	PYTHON_NAMES(PYTHON_FIND)
#undef PYTHON_FIND
	/* "3.11.2 (main, …)". Without a GIL no thread has it to itself. */
	const char *version = Py_GetVersion();
	int major = 0, minor = 0;
	for (; *version >= '0' && *version <= '9'; version++)
		major = major * 10 + (*version - '0');
	for (version += *version == '.'; *version >= '0' && *version <= '9'; version++)
		minor = minor * 10 + (*version - '0');
	if (major != 3 || strstr(version, "free-threading"))
		return;
	if (minor >= 12) {
		PySys_AddAuditHook(hear, NULL);
		return;
	}
	/* The two stand side by side, and either may have swallowed the other. */
	enum { CODE_BYTES = 1024 };
	uintptr_t plain = (uintptr_t)PyThread_acquire_lock, timed = (uintptr_t)PyThread_acquire_lock_timed;
	uintptr_t first = plain < timed ? plain : timed, last = plain < timed ? timed : plain;
	python_locks = last - first < CODE_BYTES ? first : timed;
	python_locks_bytes = last - first < CODE_BYTES ? last - first + CODE_BYTES : CODE_BYTES;
}
