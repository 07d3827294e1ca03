/* discreet: which names of a flare's may be said to a customer, whose message goes through mail
 * and tickets: such as tell neither an address, nor a path, nor anything that is no name. */
#ifndef FLAREPROF_DISCREET_H
#define FLAREPROF_DISCREET_H

/* 1 for a hostname, version or name of a process that may be said. 0 where an IP address is in
 * it, also as clouds write it (ip-10-1-2-3, ip-0a010203, 2001-db8--1), and for whatever holds
 * characters that such names do not have. Wants masked text (secret.h). */
int discreet(const char *text);

#endif
