/* 5,000 chunks of data, one after another.
 * Look for anything that waits: there is nothing.
 * cc -O2 -pthread examples/chunks-serial.c && ./a.out */
#include "chunks.h"

int main(void)
{
	int counts[KINDS] = { 0 };

	call_me("cruncher");
	train();
	for (int i = 0; i < CHUNKS; i++)
		counts[compute(i)]++;
	print_kinds(counts);
}
