/**
 * A Secret as SOPS leaves it (`encrypted_regex: ^stringData$`), and the age key that opens it and nothing else in
 * the world: made once for these tests, so that they need neither program.
 */
export const ENCRYPTED_SECRET = `apiVersion: v1
kind: Secret
metadata:
  name: database
stringData:
  password: ENC[AES256_GCM,data:kRq1JTfZnk4qqY2WKF8+GJw0vopK60F/DUhngNZ8,iv:qtO62gr92fpojTKNXs1yzcZn+52RfMSkauvG18+gY+I=,tag:pADh0pAfXUA672xqhH9LEw==,type:str]
sops:
  age:
    - recipient: age170fjnd6m0jzgkmj3cx8x0y8t9v45sd8p2eyspy3v9lm794u99p6qjw25am
      enc: |
        -----BEGIN AGE ENCRYPTED FILE-----
        YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBmTU44ZUlZT1hRWHY0QUE0
        YjZBSGgwVVpHMXRKeWV2OVdwdEdZQXBVR1RZCkhZTnJMQmdFUVZtRys3RjdON21U
        SnY0VStITlBPUVBsZTRYVENZYTRtZWMKLS0tIEFLblh0MjB3UDl0SWc2NzQ5WURL
        UFdsL0c5R2hRcDNaUUJRdnBySFdsNDgKsoUkHkkdYG2Wwl+4PBgYllv8Awph8ewq
        5DkVWF7dxtMqqynQ78xznuJN2dq22p0vm089N3ISkaBpaNaf0XsJWg==
        -----END AGE ENCRYPTED FILE-----
  lastmodified: "2026-11-22T07:39:06Z"
  mac: ENC[AES256_GCM,data:SLAqxxBDsYX85VsFN7hIJcmWDzH/zVuWb69UxNM7fhcD5fLE26dcBNAwW93jTUsghm0JZkr67yOQRteS9nZXby65neemDjpmUsiKvVKgZ99ePRVklTklGSN0XVT9FPuRMOaCLL00UvPiIoIHBGoNQBKYTXDH9KSqvPQwvh25sgo=,iv:eZN74YIsbPzWbceBSXMEHDnSVrZpWn//+E3OEzB1iQk=,tag:nUXSLLAwAVM2KM6n+gHiOQ==,type:str]
  encrypted_regex: ^stringData$
  version: 3.13.2
`;

/** Content of the file that age-keygen makes. */
export const AGE_KEY = "AGE-SECRET-KEY-1KQ7QMZVQWFEDMNW8VPEN3EQ8MDJ8WKXTW0NSM4LHKFRGLUFJ79TS6M3Q57\n";

/** What stands in the Secret `database` under `password`. */
export const DECRYPTED = "only-the-key-holder-reads-this";
