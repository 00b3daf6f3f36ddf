package target

import (
	"slices"
	"strings"
)

// programOptions are the options of a program as far as they matter for reading its command: which of them take a
// value, so that the value is not taken for a URL, and which say something about headers or the URL.
type programOptions struct {
	lettersWithValue string
	namesWithValue   []string
	means            map[string]string
}

func (o programOptions) takesValue(name string) bool { return slices.Contains(o.namesWithValue, name) }

var curlOptions = programOptions{
	lettersWithValue: "AbcCdDeEFHKmoPQrtTuUwxXyYz",
	namesWithValue: strings.Fields(`abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config
		connect-timeout connect-to continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii data-binary
		data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech
		egd-file engine etag-compare etag-save expect100-timeout form form-string ftp-account ftp-alternative-to-user
		ftp-method ftp-port ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header hostpubmd5 hostpubsha256 hsts
		interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key key-type krb libcurl limit-rate local-port
		login-options mail-auth mail-from mail-rcpt max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output
		output-dir parallel-max pass pinnedpubkey postredir preproxy proto proto-default proto-redir proxy proxy-cacert
		proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass
		proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser
		proxy-user proxy1.0 pubkey quote random-file range rate referer request request-target resolve retry retry-delay
		retry-max-time sasl-authzid service-name socks4 socks4a socks5 socks5-gssapi-service socks5-hostname speed-limit
		speed-time stderr telnet-option tftp-blksize time-cond tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace
		trace-ascii trace-config unix-socket upload-file url url-query user user-agent variable vlan-priority write-out`),
	means: map[string]string{
		"H": "header", "header": "header", "u": "user", "user": "user", "url": "url", "oauth2-bearer": "bearer",
		"A": "User-Agent", "user-agent": "User-Agent", "e": "Referer", "referer": "Referer", "b": "cookie", "cookie": "cookie",
		"digest": "Digest", "ntlm": "NTLM", "negotiate": "Negotiate", "aws-sigv4": "AWS",
	},
}

var wgetOptions = programOptions{
	lettersWithValue: "aeoitOTwQPUlARDIXB",
	namesWithValue: strings.Fields(`append-output base bind-address body-data body-file ca-certificate ca-directory certificate
		certificate-type compression config connect-timeout directory-prefix dns-timeout execute header http-password http-user
		input-file level limit-rate load-cookies max-redirect method output-document output-file password post-data post-file
		prefer-family private-key progress proxy-password proxy-user quota read-timeout referer save-cookies secure-protocol
		timeout tries user user-agent wait waitretry`),
	means: map[string]string{
		"header": "header", "U": "User-Agent", "user-agent": "User-Agent", "referer": "Referer",
		"user": "user", "http-user": "user", "password": "password", "http-password": "password",
	},
}
