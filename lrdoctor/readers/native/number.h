/* Numbers as float() reads them, to the bit. */
#ifndef LRDOCTOR_NUMBER_H
#define LRDOCTOR_NUMBER_H

#include "compiled.h"

enum { DIGITS = 19 };  /* so many fit a word */
enum { SMALLEST = -27 }; /* 5^27 fits a word */

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#ifdef __SIZEOF_INT128__
/* digits / 10^ten, rounded once: a quotient of 63 bits or more, and whether anything is left.
 * digits is not 0, ten is within 1 .. 27. */
static double divided(uint64_t digits, int ten) {
    uint64_t five = 1, rest;
    for (int n = 0; n < ten; n++) five *= 5;
    int up = __builtin_clzll(digits), over = __builtin_clzll(five);
    unsigned __int128 numerator = (unsigned __int128)(digits << up) << 63;
    five <<= over;
    uint64_t quotient = (uint64_t)(numerator / five);
    rest = (uint64_t)(numerator - (unsigned __int128)quotient * five);
    int drop = 11 - __builtin_clzll(quotient);
    uint64_t kept = quotient >> drop, lost = quotient & ((1u << drop) - 1), half = 1u << (drop - 1);
    if (lost > half || (lost == half && (rest || (kept & 1)))) kept++;
    uint64_t power = (uint64_t)(1023 + over - 63 - up - ten + drop) << 52;
    double two;
    memcpy(&two, &power, 8);
    return (double)kept * two;
}
#endif

/* What float() makes of a number as it stands; 0 where it makes nothing of it. */
static int as_python(const uint8_t *at, const uint8_t *end, double *value) {
    char *stop;
    *value = PyOS_string_to_double((const char *)at, &stop, NULL);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return (const uint8_t *)stop == end;
}

static inline int is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

/* Whose spelling of numbers it is: float()'s, or JSON's, which is a part of that. */
typedef enum { OF_FLOAT, OF_JSON } Spelling;

/* A number of digits that begins there, which some other byte ends; NULL where there is none. */
static inline __attribute__((always_inline)) const uint8_t *number(const uint8_t *at, double *value,
                                                                   Spelling spelling) {
    const uint8_t *begin = at, *first;
    uint64_t digits = 0;
    int64_t count = 0, ten = 0, told = 0;
    int negative = *at == '-';
    at += negative || (spelling == OF_FLOAT && *at == '+');
    if (spelling == OF_JSON && (!is_digit(*at) || (*at == '0' && is_digit(at[1])))) return NULL;
    for (first = at; *at == '0'; at++) {}
    for (; is_digit(*at); at++, count++) digits = 10 * digits + (uint64_t)(*at - '0');
    told = at - first;
    if (*at == '.') {
        first = ++at;
        if (spelling == OF_JSON && !is_digit(*at)) return NULL;
        if (!digits) while (*at == '0') at++;
        const uint8_t *significant = at;
        for (; is_digit(*at); at++) digits = 10 * digits + (uint64_t)(*at - '0');
        count += at - significant;
        ten = first - at;
        told -= ten;
    }
    if (!told) return NULL;
    if (*at == 'e' || *at == 'E') {
        int64_t exponent = 0;
        int down = *++at == '-';
        at += down || *at == '+';
        if (!is_digit(*at)) return NULL;
        for (; is_digit(*at); at++)
            if (exponent < 100000) exponent = 10 * exponent + (*at - '0');
        ten += down ? -exponent : exponent;
    }
    if (count <= DIGITS) { /* else the word has overflown */
        if (digits >> 53 == 0 && ten >= -22 && ten <= 22) { /* both are exact: rounded once */
            double exact = (double)digits;
            exact = ten < 0 ? exact / tens[-ten] : exact * tens[ten];
            *value = negative ? -exact : exact;
            return at;
        }
#ifdef __SIZEOF_INT128__
        if (digits && ten >= SMALLEST && ten < 0) {
            double rounded = divided(digits, (int)-ten);
            *value = negative ? -rounded : rounded;
            return at;
        }
#endif
    }
    return as_python(begin, at, value) ? at : NULL;
}

#endif
