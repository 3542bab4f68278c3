/*
 * anchors LIST FOLDER: write the trust anchors of the binary as C, to standard output.
 *
 * LIST has a line "sha256 file" for each root. The file in FOLDER, one PEM certificate, must
 * have that fingerprint: the list is what is trusted, not the package that the file came with.
 * Runs on the machine that builds; any doubt ends it with status 1.
 */
#include <bearssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Four times what the largest of these roots needs. */
enum { CERT_MAX = 8192 };

struct bytes {
	unsigned char data[CERT_MAX];
	size_t len;
};

static const char *current = "anchors";

static void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "vendor/anchors: %s: ", current);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void append(void *to, const void *data, size_t len)
{
	struct bytes *b = to;
	if (len > sizeof b->data - b->len)
		die("too long");
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void file_read(const char *path, struct bytes *out)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		die("cannot open %s", path);
	out->len = fread(out->data, 1, sizeof out->data, f);
	if (ferror(f) || !feof(f))
		die("cannot read it whole");
	fclose(f);
}

static void pem_decode(const struct bytes *pem, struct bytes *der)
{
	br_pem_decoder_context pc;
	size_t used = 0;
	int certificates = 0;

	br_pem_decoder_init(&pc);
	der->len = 0;
	while (used < pem->len) {
		used += br_pem_decoder_push(&pc, pem->data + used, pem->len - used);
		switch (br_pem_decoder_event(&pc)) {
		case BR_PEM_BEGIN_OBJ:
			if (strcmp(br_pem_decoder_name(&pc), "CERTIFICATE") != 0)
				die("holds something that is not a certificate");
			br_pem_decoder_setdest(&pc, append, der);
			break;
		case BR_PEM_END_OBJ:
			certificates++;
			break;
		case BR_PEM_ERROR:
			die("is not PEM");
		}
	}
	if (certificates != 1)
		die("holds %d certificates instead of one", certificates);
}

static void fingerprint_check(const struct bytes *der, const char *want)
{
	br_sha256_context hash;
	unsigned char sum[br_sha256_SIZE];
	char got[2 * sizeof sum + 1];

	br_sha256_init(&hash);
	br_sha256_update(&hash, der->data, der->len);
	br_sha256_out(&hash, sum);
	for (size_t i = 0; i < sizeof sum; i++)
		sprintf(got + 2 * i, "%02x", sum[i]);
	if (strcmp(got, want) != 0)
		die("has the wrong fingerprint\n  expected %s\n  found    %s", want, got);
}

static void array_print(const char *name, int index, const unsigned char *data, size_t len)
{
	printf("static const unsigned char %s_%d[] = {", name, index);
	for (size_t i = 0; i < len; i++)
		printf("%s0x%02x,", i % 16 ? " " : "\n\t", data[i]);
	printf("\n};\n");
}

/* Print the arrays of one root, and append its entry to the table that follows them all. */
static void anchor_print(const struct bytes *der, int index, struct bytes *table)
{
	static struct bytes dn;
	br_x509_decoder_context dc;
	char entry[512];

	dn.len = 0;
	br_x509_decoder_init(&dc, append, &dn);
	br_x509_decoder_push(&dc, der->data, der->len);
	const br_x509_pkey *key = br_x509_decoder_get_pkey(&dc);
	if (key == NULL)
		die("does not parse: BearSSL error %d", br_x509_decoder_last_error(&dc));
	if (!br_x509_decoder_isCA(&dc))
		die("is not a CA");

	printf("\n/* %s */\n", current);
	array_print("dn", index, dn.data, dn.len);
	append(table, entry, (size_t)snprintf(entry, sizeof entry,
		"\t{\n\t\t.dn = { BYTES(dn_%d) },\n\t\t.flags = BR_X509_TA_CA,\n", index));
	if (key->key_type == BR_KEYTYPE_RSA) {
		array_print("n", index, key->key.rsa.n, key->key.rsa.nlen);
		array_print("e", index, key->key.rsa.e, key->key.rsa.elen);
		append(table, entry, (size_t)snprintf(entry, sizeof entry,
			"\t\t.pkey = { .key_type = BR_KEYTYPE_RSA,\n"
			"\t\t\t.key.rsa = { BYTES(n_%d), BYTES(e_%d) } },\n\t},\n", index, index));
	} else {
		array_print("q", index, key->key.ec.q, key->key.ec.qlen);
		append(table, entry, (size_t)snprintf(entry, sizeof entry,
			"\t\t.pkey = { .key_type = BR_KEYTYPE_EC,\n"
			"\t\t\t.key.ec = { %d, BYTES(q_%d) } },\n\t},\n", key->key.ec.curve, index));
	}
}

int main(int argc, char **argv)
{
	static struct bytes pem, der, table;
	char line[512], sha256[65], file[256], path[1024];
	int count = 0;

	if (argc != 3)
		die("use: anchors LIST FOLDER");
	FILE *list = fopen(argv[1], "r");
	if (list == NULL)
		die("cannot open %s", argv[1]);

	printf("/* Made by vendor/anchors.c from vendor/anchors. */\n#include <bearssl.h>\n"
	       "#include \"host/anchors.h\"\n\n"
	       "/* BearSSL's structures hold plain pointers, but it never writes through these. */\n"
	       "#define BYTES(array) (unsigned char *)array, sizeof array\n");
	while (fgets(line, sizeof line, list) != NULL) {
		if (line[0] == '#')
			continue;
		if (sscanf(line, "%64[0-9a-f] %255s", sha256, file) != 2)
			die("not a line of \"sha256 file\": %s", line);
		current = file;
		snprintf(path, sizeof path, "%s/%s", argv[2], file);
		file_read(path, &pem);
		pem_decode(&pem, &der);
		fingerprint_check(&der, sha256);
		anchor_print(&der, count++, &table);
		current = "anchors";
	}
	if (count == 0)
		die("%s names no root", argv[1]);
	printf("\nconst br_x509_trust_anchor anchors_builtin[] = {\n%.*s};\n"
	       "const size_t anchors_builtin_count = sizeof anchors_builtin / sizeof anchors_builtin[0];\n",
	       (int)table.len, (const char *)table.data);
	if (fflush(stdout) != 0)
		die("cannot write");
	return 0;
}
