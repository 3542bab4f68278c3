/* loadbase PROGRAM: print where the kernel loads it, seen before its first instruction. */
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	pid_t child = argc == 2 ? fork() : -1;
	if (child < 0)
		return 2;
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(argv[1], argv[1], (char *)NULL);
		_exit(2);
	}

	int status;
	unsigned long base = 0;
	if (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%d/maps", (int)child);
		FILE *maps = fopen(path, "r");
		if (maps != NULL && fscanf(maps, "%lx-", &base) == 1)
			printf("%lx\n", base);
		ptrace(PTRACE_KILL, child, NULL, NULL);
		waitpid(child, &status, 0);
	}
	return base == 0;
}
