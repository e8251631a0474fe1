/* The load's inner loop: empties ready sockets and counts their bytes.
 *
 * Descriptors that are marked in `bulk` are read here; the others that are ready are handed back in
 * `ready`, for Python to read. Built by benchmarks/prepare.py. */
#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define EVENTS 1024

static char scratch[1 << 20];

/* Returns how many descriptors are in `ready`, or -1 when a bulk socket failed or was closed. */
int drain(int epoll, const uint8_t *bulk, uint64_t *received, int *ready)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, 0), others = 0;

    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        if (!bulk[fd]) {
            ready[others++] = fd;
            continue;
        }
        ssize_t size = recv(fd, scratch, sizeof scratch, MSG_DONTWAIT);
        if (size > 0)
            received[fd] += size;
        else if (size == 0 || (errno != EAGAIN && errno != EINTR))
            return -1;
    }
    return others;
}

/* Whether all bulk sockets have received exactly this much. */
int all_have(const uint8_t *bulk, const uint64_t *received, int size, uint64_t wanted)
{
    for (int fd = 0; fd < size; fd++)
        if (bulk[fd] && received[fd] != wanted)
            return 0;
    return 1;
}

/* Sends the same bytes to each: nothing but the system calls of a fan-out. */
void blast(const int *members, int count, const void *data, size_t size)
{
    for (int i = 0; i < count; i++)
        if (send(members[i], data, size, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)size)
            return;
}
