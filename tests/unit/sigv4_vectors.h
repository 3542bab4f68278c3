/*
 * sigv4_vectors: requests of exactly our kind, signed by botocore 1.43.11; the same that tests/region proves itself by.
 * Of tests/region/sigv4-vectors.json, with what a test in C needs.
 */
#ifndef SIGV4_VECTORS_H
#define SIGV4_VECTORS_H

#include <stdint.h>

#define VECTOR_ACCESS_KEY "AKIDEXAMPLE"
#define VECTOR_SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define VECTOR_TOKEN "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaDGV1LWNlbnRyYWwtMSJHMEUCIQ+/=="
#define VECTOR_UTC_S INT64_C(1440938160) /* 2015-08-30 12:36:00 */
#define VECTOR_STAMP "20150830T123600Z"

static const struct {
    const char *name;
    const char *service;
    const char *region;
    const char *host;
    const char *token;
    const char *body;
    const char *authorization;
} sigv4_vectors[] = {
    {"describe-route-tables", "ec2", "eu-central-1", "ec2.eu-central-1.amazonaws.com", "",
     "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a1b2c3d4e5f67890&MaxResults=100",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-central-1/ec2/aws4_request, SignedHeaders=content-type;host;"
     "x-amz-date, Signature=61363aa62d4185bf374d67807393c15ff8f46ad3dae15d3c813c5661ecd91ae9"},
    {"replace-route", "ec2", "eu-central-1", "ec2.eu-central-1.amazonaws.com", "",
     "Action=ReplaceRoute&Version=2016-11-15&RouteTableId=rtb-0a1b2c3d4e5f67890&DestinationCidrBlock=10.9.0.1%2F32&Net"
     "workInterfaceId=eni-0a1b2c3d4e5f67890",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-central-1/ec2/aws4_request, SignedHeaders=content-type;host;"
     "x-amz-date, Signature=8b1f6aa97066104d99df55ab20ed492d97afe14cd62d7915ff3b35b6ec84a25d"},
    {"replace-route-v6-dryrun", "ec2", "cn-north-1", "ec2.cn-north-1.amazonaws.com.cn", "",
     "Action=ReplaceRoute&Version=2016-11-15&RouteTableId=rtb-0a1b2c3d4e5f67890&DestinationIpv6CidrBlock=fd12%3A3456%3"
     "A%3A1%2F128&NetworkInterfaceId=eni-0a1b2c3d4e5f67890&DryRun=true",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/cn-north-1/ec2/aws4_request, SignedHeaders=content-type;host;x-"
     "amz-date, Signature=4b09a3c8a7e4361a95292eadefdd2482449c79dbef55f6b0814ecfb703e5da3a"},
    {"assume-role", "sts", "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", "",
     "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws-us-gov%3Aiam%3A%3A123456789012%3Arole%2Fvip&RoleSessionNa"
     "me=mirrorvip",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-gov-west-1/sts/aws4_request, SignedHeaders=content-type;host"
     ";x-amz-date, Signature=c00241453ae517a3bc909f13d72e71a1d8910f17ae86b9bb8f40fb2d8912678a"},
    {"describe-route-tables-token", "ec2", "eu-central-1", "ec2.eu-central-1.amazonaws.com", VECTOR_TOKEN,
     "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a1b2c3d4e5f67890&MaxResults=100",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-central-1/ec2/aws4_request, SignedHeaders=content-type;host;"
     "x-amz-date;x-amz-security-token, Signature=3ede6233df824b172ade8c049e658f12189ef275178b29721d20423fc87d042c"},
    {"replace-route-token", "ec2", "eu-central-1", "ec2.eu-central-1.amazonaws.com", VECTOR_TOKEN,
     "Action=ReplaceRoute&Version=2016-11-15&RouteTableId=rtb-0a1b2c3d4e5f67890&DestinationCidrBlock=10.9.0.1%2F32&Net"
     "workInterfaceId=eni-0a1b2c3d4e5f67890",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-central-1/ec2/aws4_request, SignedHeaders=content-type;host;"
     "x-amz-date;x-amz-security-token, Signature=90264ecff8fbf2607a63d839dda9b76e182a9bbceab7ff35bdb27dc559d44db2"},
    {"replace-route-v6-dryrun-token", "ec2", "cn-north-1", "ec2.cn-north-1.amazonaws.com.cn", VECTOR_TOKEN,
     "Action=ReplaceRoute&Version=2016-11-15&RouteTableId=rtb-0a1b2c3d4e5f67890&DestinationIpv6CidrBlock=fd12%3A3456%3"
     "A%3A1%2F128&NetworkInterfaceId=eni-0a1b2c3d4e5f67890&DryRun=true",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/cn-north-1/ec2/aws4_request, SignedHeaders=content-type;host;x-"
     "amz-date;x-amz-security-token, Signature=12f2ff7ecea889f82712d75ad25703504601ad4d552143bf2e17e55e691f75d3"},
    {"assume-role-token", "sts", "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", VECTOR_TOKEN,
     "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws-us-gov%3Aiam%3A%3A123456789012%3Arole%2Fvip&RoleSessionNa"
     "me=mirrorvip",
     "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-gov-west-1/sts/aws4_request, SignedHeaders=content-type;host"
     ";x-amz-date;x-amz-security-token, Signature=11440212f5f4053c85d60d6ba32a88aececa379dd310d0cff96dcfa2c7a979bc"},
};

#endif
