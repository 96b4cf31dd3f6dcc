// A TLS peer on Go's crypto/tls for the whole-house tests.
//
// As client it sends one HTTP/1.0 request and copies the answer; as server it answers such requests. Facts go to standard output one a
// line, before an empty line; a failure goes to standard error and makes the exit code 1. A client that connects several times tells of each
// connection like that, one after the other.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

var (
	flags  = flag.NewFlagSet("peer", flag.ExitOnError)
	port   = flags.Int("port", 0, "client: the server's port")
	times  = flags.Int("times", 1, "client: how many connections, each with the sessions of those before")
	name   = flags.String("name", "", "client: the server's name")
	ca     = flags.String("ca", "", "the authority's certificate; a server that has one wants to see the client's")
	cert   = flags.String("cert", "", "chain; a client need not have one")
	key    = flags.String("key", "", "private key")
	only   = flags.String("version", "", "the only version, as TLSv1.2")
	suite  = flags.Int("suite", 0, "the only suite")
	group  = flags.Int("group", 0, "the only group")
	protos = flags.String("alpn", "", "protocols, separated by commas")
)

func main() {
	role := os.Args[1]
	flags.Parse(os.Args[2:])
	run := client
	if role == "server" {
		run = server
	}
	conf, err := config()
	if err == nil {
		err = run(conf)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "go:", err)
		os.Exit(1)
	}
}

func config() (*tls.Config, error) {
	conf := &tls.Config{ServerName: *name}
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			return nil, err
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	if *ca != "" {
		pem, err := os.ReadFile(*ca)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		conf.RootCAs, conf.ClientCAs, conf.ClientAuth = roots, roots, tls.RequireAndVerifyClientCert
	}
	if *suite != 0 {
		conf.CipherSuites = []uint16{uint16(*suite)}
	}
	if *only != "" {
		for number := uint16(tls.VersionTLS10); number <= tls.VersionTLS13; number++ {
			if version(number) == *only {
				conf.MinVersion, conf.MaxVersion = number, number
			}
		}
	}
	if *group != 0 {
		conf.CurvePreferences = []tls.CurveID{tls.CurveID(*group)}
	}
	if *protos != "" {
		conf.NextProtos = strings.Split(*protos, ",")
	}
	return conf, nil
}

func client(conf *tls.Config) error {
	if *times > 1 {
		conf.ClientSessionCache = tls.NewLRUClientSessionCache(*times)
	}
	for range make([]struct{}, *times) {
		if err := ask(conf); err != nil {
			return err
		}
	}
	return nil
}

func ask(conf *tls.Config) error {
	tcp, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		return err
	}
	tcp.SetDeadline(time.Now().Add(20 * time.Second))
	conn := tls.Client(tcp, conf)
	if err := conn.Handshake(); err != nil {
		return err
	}
	state := conn.ConnectionState()
	fmt.Printf("version %s\nsuite %s\n", version(state.Version), tls.CipherSuiteName(state.CipherSuite))
	fmt.Printf("session %s\n", session(state))
	if state.NegotiatedProtocol != "" {
		fmt.Printf("alpn %s\n", state.NegotiatedProtocol)
	}
	fmt.Println()
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return err
	}
	if _, err := io.Copy(os.Stdout, conn); err != nil {
		return err
	}
	return conn.Close()
}

func server(conf *tls.Config) error {
	listener, err := tls.Listen("tcp4", "127.0.0.1:0", conf)
	if err != nil {
		return err
	}
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go answer(conn.(*tls.Conn))
	}
}

func answer(conn *tls.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	lines := bufio.NewScanner(conn)
	for lines.Scan() && lines.Text() != "" {
	}
	if lines.Err() != nil {
		return
	}
	state := conn.ConnectionState()
	fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\n\r\n%s %s session %s\n", version(state.Version), tls.CipherSuiteName(state.CipherSuite), session(state))
}

// session says whether a connection went on with a session, in mod_ssl's words.
func session(state tls.ConnectionState) string {
	if state.DidResume {
		return "Resumed"
	}
	return "Initial"
}

func version(number uint16) string {
	if number == tls.VersionTLS10 {
		return "TLSv1"
	}
	return fmt.Sprintf("TLSv1.%d", number-tls.VersionTLS10)
}
