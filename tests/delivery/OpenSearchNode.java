// A real node of OpenSearch, alone, for as long as stdin is open: DIRECTORY PORT.
import static org.codelibs.opensearch.runner.OpenSearchRunner.newConfigs;

import org.codelibs.opensearch.runner.OpenSearchRunner;

public final class OpenSearchNode {
    public static void main(String[] arguments) throws Exception {
        var runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("http.port", arguments[1]);
            settings.put("transport.port", "0");
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
        });
        runner.build(newConfigs().basePath(arguments[0]).numOfNode(1).disableESLogger());
        System.out.println("ready");
        while (System.in.read() >= 0) {
        }
        runner.close();
    }
}
