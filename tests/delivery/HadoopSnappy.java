// Decompresses stdin to stdout as Hadoop's codec would: by aircompressor, which Trino and Hive's readers use.
import io.airlift.compress.snappy.SnappyHadoopStreams;

public final class HadoopSnappy {
    public static void main(String[] arguments) throws Exception {
        new SnappyHadoopStreams().createInputStream(System.in).transferTo(System.out);
        System.out.flush();
    }
}
