/* What the files of the compiled reader share. Every length is 64 bits wide. */
#ifndef LRDOCTOR_COMPILED_H
#define LRDOCTOR_COMPILED_H

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all later ones */
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The bytes from `at` up to `end`, which is never read. */
typedef struct {
    const uint8_t *at, *end;
} Span;

static inline size_t left(Span span) { return (size_t)(span.end - span.at); }

/* The machines that this is built for are little-endian, as are event files: hatch_build.py. */
static inline uint64_t load64(const uint8_t *at) { uint64_t x; memcpy(&x, at, 8); return x; }
static inline uint32_t load32(const uint8_t *at) { uint32_t x; memcpy(&x, at, 4); return x; }

/* The items, with room for one more; NULL where there is no memory: they stay as they were. */
static inline void *roomy(void *items, size_t count, size_t *room, size_t size) {
    if (count < *room) return items;
    size_t more = *room ? 2 * *room : 64;
    void *moved = PyMem_Realloc(items, more * size);
    if (moved != NULL) *room = more;
    return moved;
}

void crc_setup(void);
int crc_has_instruction(void);
void events_setup(void);
/* CRC-32C in the form in which TFRecord stores it. */
extern uint32_t (*crc_masked)(const uint8_t *at, size_t size);

PyObject *gathered(PyObject *module, PyObject *args);
PyObject *events(PyObject *module, PyObject *args);
PyObject *told_points(PyObject *module, PyObject *capsule);
PyObject *objects(PyObject *module, PyObject *args);
PyObject *figures(PyObject *module, PyObject *args);
PyObject *row(PyObject *module, PyObject *const *args, Py_ssize_t count);

#endif
