/* A FastAGI server that decides nothing, in C: how much the generator and the kernel leave room for.
 * epoll PORT COMMANDS: so many commands (one: MSet), each sent when the one before was answered. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536 };
static int sent[MOST], seen[MOST]; /* by descriptor: commands sent; newlines in a row at the end */
static int commands;
static const char *one = "EXEC MSet \"A=1,B=2,C=3,D=4,E=5\"\n";

static void next(int fd) {
	char line[64];
	if (sent[fd] == commands) { close(fd); return; }
	int n = commands == 1 ? snprintf(line, sizeof line, "%s", one)
		: snprintf(line, sizeof line, "SET VARIABLE IVR_%d \"value-%d\"\n", sent[fd], sent[fd]);
	sent[fd]++;
	if (write(fd, line, n) < 0) close(fd);
}

static void take(int fd) {
	char data[4096];
	ssize_t n = read(fd, data, sizeof data);
	if (n <= 0) { close(fd); return; }
	if (sent[fd]) { next(fd); return; }
	for (ssize_t i = 0; i < n; i++) {
		seen[fd] = data[i] == '\n' ? seen[fd] + 1 : 0;
		if (seen[fd] == 2) { next(fd); return; }
	}
}

int main(int count, char **words) {
	if (count != 3) return 2;
	commands = atoi(words[2]);
	int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1, ep = epoll_create1(0);
	setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
	inet_pton(AF_INET, "127.0.0.1", &here.sin_addr);
	if (bind(door, (void *)&here, sizeof here) || listen(door, 1024)) { perror("listen"); return 1; }
	struct epoll_event asked = {.events = EPOLLIN, .data.fd = door}, got[256];
	epoll_ctl(ep, EPOLL_CTL_ADD, door, &asked);
	for (;;) {
		int n = epoll_wait(ep, got, 256, -1);
		for (int i = 0; i < n; i++) {
			int fd = got[i].data.fd;
			if (fd != door) { take(fd); continue; }
			while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
				if (fd >= MOST) { close(fd); continue; }
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
				sent[fd] = seen[fd] = 0;
				asked.events = EPOLLIN; asked.data.fd = fd;
				epoll_ctl(ep, EPOLL_CTL_ADD, fd, &asked);
			}
		}
	}
}
