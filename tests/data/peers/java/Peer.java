// A TLS peer on Java's JSSE for the whole-house tests.
//
// As client it sends one HTTP/1.0 request and copies the answer, as often as the last word says, in one SSLContext that may come back with
// a session; as server it answers such requests. A client with a chain and a key shows them to a server that asks, and a server with an
// authority's certificate wants to see a client's. The property peer.keyLimits is what jdk.tls.keyLimits shall be. Facts go to standard output one a line, before an empty line; a failure goes to standard
// error and makes the exit code 1. A session is resumed where it began before its connection did.

import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

public class Peer {
    public static void main(String[] args) {
        try {
            if (System.getProperty("peer.keyLimits") != null) {
                Security.setProperty("jdk.tls.keyLimits", System.getProperty("peer.keyLimits"));
            }
            Iterator<String> words = List.of(args).iterator();
            boolean isServer = words.next().equals("server");
            SSLParameters conf = conf(words.next(), words.next(), words.next());
            if (isServer) {
                KeyManager[] own = own(Path.of(words.next()), Path.of(words.next()));
                conf.setNeedClientAuth(words.hasNext());
                server(context(own, words.hasNext() ? trust(Path.of(words.next())) : null), conf);
            } else {
                int port = Integer.parseInt(words.next());
                String name = words.next();
                TrustManager[] trust = trust(Path.of(words.next()));
                int count = Integer.parseInt(words.next());
                SSLContext context = context(words.hasNext() ? own(Path.of(words.next()), Path.of(words.next())) : null, trust);
                for (int left = count; left > 0; left--) {
                    client(context, conf, port, name);
                }
            }
        } catch (Exception error) {
            System.err.println("java: " + error);
            System.exit(1);
        }
    }

    private static SSLParameters conf(String alpn, String version, String suite) {
        SSLParameters conf = new SSLParameters();
        if (!alpn.isEmpty()) {
            conf.setApplicationProtocols(alpn.split(","));
        }
        if (!suite.isEmpty()) {
            conf.setCipherSuites(new String[] {suite});
        }
        if (!version.isEmpty()) {
            // Java's word for a hello in the form of SSL 2.0 goes beside the versions that it may offer.
            conf.setProtocols(version.split("\\+"));
        }
        return conf;
    }

    private static SSLContext context(KeyManager[] own, TrustManager[] trust) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own, trust, null);
        return context;
    }

    private static TrustManager[] trust(Path ca) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", chain(ca)[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        return trust.getTrustManagers();
    }

    private static KeyManager[] own(Path chain, Path key) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        X509Certificate[] certs = chain(chain);
        store.setKeyEntry("own", key(key, certs[0].getPublicKey().getAlgorithm()), new char[0], certs);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        return keys.getKeyManagers();
    }

    private static void client(SSLContext context, SSLParameters conf, int port, String name) throws Exception {
        long begun = System.currentTimeMillis();
        Socket tcp = new Socket("127.0.0.1", port);
        tcp.setSoTimeout(20_000);
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, name, port, true);
        conf.setServerNames(List.of(new SNIHostName(name)));
        conf.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(conf);
        tls.startHandshake();
        SSLSession session = tls.getSession();
        System.out.print("version " + session.getProtocol() + "\nsuite " + session.getCipherSuite() + "\n");
        System.out.print("session " + kind(session, begun) + "\n");
        if (!tls.getApplicationProtocol().isEmpty()) {
            System.out.print("alpn " + tls.getApplicationProtocol() + "\n");
        }
        System.out.print("\n");
        tls.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        tls.getInputStream().transferTo(System.out);
        System.out.flush();
        tls.close();
    }

    private static void server(SSLContext context, SSLParameters conf) throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 50, loopback);
        System.out.print("port " + listener.getLocalPort() + "\n");
        System.out.flush();
        while (true) {
            try (SSLSocket tls = (SSLSocket) listener.accept()) {
                long begun = System.currentTimeMillis();
                tls.setSoTimeout(10_000);
                tls.setSSLParameters(conf);
                answer(tls, begun);
            } catch (IOException error) {
                System.err.println("java: " + error);
            }
        }
    }

    private static void answer(SSLSocket tls, long begun) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(tls.getInputStream(), StandardCharsets.US_ASCII));
        String line = lines.readLine();
        while (line != null && !line.isEmpty()) {
            line = lines.readLine();
        }
        SSLSession session = tls.getSession();
        String told = session.getProtocol() + " " + session.getCipherSuite() + " session " + kind(session, begun);
        tls.getOutputStream().write(("HTTP/1.0 200 OK\r\n\r\n" + told + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static String kind(SSLSession session, long begun) {
        return session.getCreationTime() < begun ? "Resumed" : "Initial";
    }

    private static X509Certificate[] chain(Path file) throws Exception {
        try (InputStream bytes = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(bytes).toArray(new X509Certificate[0]);
        }
    }

    private static PrivateKey key(Path file, String algorithm) throws Exception {
        String text = Files.readString(file).replaceAll("-----[A-Z ]+-----", "");
        byte[] bytes = Base64.getMimeDecoder().decode(text);
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
    }
}
