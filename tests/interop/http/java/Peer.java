import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** A service of the JDK's own classes, which the OpenTelemetry agent traces: /leaf answers, /call calls. */
public class Peer {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  public static void main(String[] args) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/leaf", exchange -> answer(exchange, 200, "leaf"));
    server.createContext("/call", Peer::call);
    // By default there is one thread, which could not answer while it calls.
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    System.out.println("port " + server.getAddress().getPort());
  }

  private static void call(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getRawQuery();
    String url = URLDecoder.decode(query.substring("url=".length()), StandardCharsets.UTF_8);
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).version(HttpClient.Version.HTTP_1_1).build();
    try {
      var response = CLIENT.send(request, BodyHandlers.ofString());
      answer(exchange, response.statusCode(), response.body());
    } catch (InterruptedException interrupted) {
      answer(exchange, 500, "interrupted");
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
