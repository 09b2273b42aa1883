/* The places of figures in their order, by a radix sort: it has no branch to guess wrong. */
#include "order.h"

enum { DIGIT = 8, VALUES = 1 << DIGIT, DIGITS = 32 / DIGIT, COARSE = DIGITS / 2 };

/* Figures as unsigned numbers in the same order; both zeros are one. */
static uint64_t key(double value) {
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* Sort by the upper half of each, from this digit of it on, what is equal as it stands; the result is
 * in `items`. */
static void by_upper_half(uint64_t *items, uint64_t *other, size_t n, int first) {
    uint32_t counts[DIGITS][VALUES] = {{0}};
    uint64_t *const result = items;
    for (size_t i = 0; i < n; i++)
        for (int digit = first; digit < DIGITS; digit++)
            counts[digit][items[i] >> (32 + DIGIT * digit) & (VALUES - 1)]++;
    for (int digit = first; digit < DIGITS; digit++) {
        int shift = 32 + DIGIT * digit;
        uint32_t *places = counts[digit], sum = 0;
        if (n == 0 || places[items[0] >> shift & (VALUES - 1)] == n) continue; /* all the same */
        for (int value = 0; value < VALUES; value++) {
            uint32_t own = places[value];
            places[value] = sum;
            sum += own;
        }
        for (size_t i = 0; i < n; i++) other[places[items[i] >> shift & (VALUES - 1)]++] = items[i];
        uint64_t *swap = items;
        items = other;
        other = swap;
    }
    if (items != result) memcpy(result, items, n * sizeof *items);
}

/* Put in order what lies near its place. 0 where that takes more moves than a sort. */
static int settled(uint64_t *items, size_t n) {
    size_t left = 2 * n;
    for (size_t i = 1; i < n; i++) {
        uint64_t own = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1] > own && left > 0; at--, left--) items[at] = items[at - 1];
        items[at] = own;
        if (left == 0) return 0;
    }
    return 1;
}

int in_order(const double *values, size_t n, Order *order) {
    if (n >= UINT32_MAX || n > SIZE_MAX / 32) return 0;
    order->sorted = PyMem_Malloc(n * (sizeof(uint64_t) + sizeof(double) + sizeof(uint32_t)) + 1);
    if (order->sorted == NULL) return 0;
    uint64_t *items = (uint64_t *)(order->sorted + n), *other = (uint64_t *)order->sorted;
    uint64_t least = UINT64_MAX, most = 0;
    order->places = (uint32_t *)(items + n);
    for (size_t i = 0; i < n; i++) {
        uint64_t own = key(values[i]);
        least = own < least ? own : least;
        most = own > most ? own : most;
    }
    int shift = 0; /* the first 32 bits in which they differ tell nearly all of them apart */
    while (shift < 63 && !((most - least) << shift >> 63)) shift++;
    for (size_t i = 0; i < n; i++)
        items[i] = ((key(values[i]) - least) << shift >> 32 << 32) | i;
    by_upper_half(items, other, n, COARSE); /* which leaves few of some hundred at one place */
    if (!settled(items, n)) by_upper_half(items, other, n, 0);
    for (size_t i = 1; i < n; i++) {
        if (values[(uint32_t)items[i - 1]] <= values[(uint32_t)items[i]]) continue;
        for (size_t at = 0; at < n; at++)
            items[at] = (key(values[at]) - least) << shift << 32 | at;
        by_upper_half(items, other, n, 0);
        for (size_t at = 0; at < n; at++) {
            uint32_t place = (uint32_t)items[at];
            items[at] = ((key(values[place]) - least) << shift >> 32 << 32) | place;
        }
        by_upper_half(items, other, n, 0);
        break;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t at = (uint32_t)items[i];
        order->sorted[i] = values[at] + 0.0;
        order->places[at] = (uint32_t)i;
    }
    return 1;
}
