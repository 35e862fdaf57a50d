// What Apache's Java implementation makes of our schemas and bytes. Run as a single source file:
//   java -cp "$AVRO_JAVA_HOME/libs/*" Probe.java COMMANDS
// Each line of COMMANDS is tab-separated:
//   fingerprint SCHEMA OUT            the fingerprint as 16 hexadecimal digits and the canonical form
//   recode SCHEMA IN OUT              decodes every body and encodes it again
//   blocked SCHEMA IN OUT             the same, with the encoder that writes blocks with their size
//   framed SCHEMA IN OUT              decodes every message in single-object encoding and encodes it again
//   resolve WRITER READER IN OUT      decodes with the writer's schema as the reader's and encodes with that; a length of -1 stands for an error
//   container SCHEMA IN OUT           reads an object container file and writes its records as bodies
// Bodies are stored one after another, each behind its length as a little-endian int.
import java.io.*;
import java.nio.*;
import java.nio.file.*;
import java.util.*;
import org.apache.avro.*;
import org.apache.avro.file.*;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;
import org.apache.avro.message.*;

public class Probe {
  // Maps in the order in which they arrive: Java's own would come back in the order of its hash codes.
  static final GenericData DATA = new GenericData() {
    @Override public Object newMap(Object old, int size) {
      return new LinkedHashMap<Object, Object>(size);
    }
  };

  public static void main(String[] arguments) throws Exception {
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] part = line.split("\t");
      switch (part[0]) {
        case "fingerprint" -> {
          Schema schema = schema(part[1]);
          Files.writeString(Path.of(part[2]), String.format("%016x %s", SchemaNormalization.parsingFingerprint64(schema), SchemaNormalization.toParsingForm(schema)));
        }
        case "recode", "blocked" -> {
          Schema schema = schema(part[1]);
          recode(schema, schema, part[2], part[3], part[0].equals("blocked"));
        }
        case "resolve" -> recode(schema(part[1]), schema(part[2]), part[3], part[4], false);
        case "framed" -> framed(schema(part[1]), part[2], part[3]);
        case "container" -> container(schema(part[1]), part[2], part[3]);
        default -> throw new IllegalArgumentException(line);
      }
    }
  }

  static Schema schema(String path) throws IOException {
    return new Schema.Parser().parse(new File(path));
  }

  static void recode(Schema writer, Schema reader, String in, String out, boolean blocked) throws IOException {
    var read = new GenericDatumReader<Object>(writer, reader, DATA);
    var write = new GenericDatumWriter<Object>(reader);
    try (var target = new Bodies(out)) {
      for (byte[] body : Bodies.read(in)) {
        // 1.12.2 checks the room for items by the reader's type, and so refuses items at the end of a message that grow by resolution.
        if (writer != reader) body = Arrays.copyOf(body, body.length + 4096);
        try {
          var buffer = new ByteArrayOutputStream();
          var factory = new EncoderFactory().configureBlockSize(64);
          BinaryEncoder encoder = blocked ? factory.blockingBinaryEncoder(buffer, null) : factory.binaryEncoder(buffer, null);
          write.write(read.read(null, DecoderFactory.get().binaryDecoder(body, null)), encoder);
          encoder.flush();
          target.write(buffer.toByteArray());
        } catch (AvroRuntimeException unresolvable) {
          target.write(null);
        }
      }
    }
  }

  static void framed(Schema schema, String in, String out) throws IOException {
    var decoder = new BinaryMessageDecoder<Object>(DATA, schema);
    var encoder = new BinaryMessageEncoder<Object>(DATA, schema);
    try (var target = new Bodies(out)) {
      for (byte[] message : Bodies.read(in)) {
        ByteBuffer again = encoder.encode(decoder.decode(message));
        byte[] bytes = new byte[again.remaining()];
        again.get(bytes);
        target.write(bytes);
      }
    }
  }

  static void container(Schema schema, String in, String out) throws IOException {
    try (var file = new DataFileReader<Object>(new File(in), new GenericDatumReader<Object>(null, null, DATA)); var target = new Bodies(out)) {
      if (!file.getSchema().equals(schema)) throw new IOException("the file has another schema: " + file.getSchema());
      var write = new GenericDatumWriter<Object>(schema);
      while (file.hasNext()) {
        var buffer = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(buffer, null);
        write.write(file.next(), encoder);
        encoder.flush();
        target.write(buffer.toByteArray());
      }
    }
  }

  static final class Bodies implements Closeable {
    private final DataOutputStream stream;

    Bodies(String path) throws IOException {
      stream = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(path)));
    }

    void write(byte[] body) throws IOException {
      stream.writeInt(Integer.reverseBytes(body == null ? -1 : body.length));
      if (body != null) stream.write(body);
    }

    @Override public void close() throws IOException {
      stream.close();
    }

    static List<byte[]> read(String path) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(Path.of(path))).order(ByteOrder.LITTLE_ENDIAN);
      var bodies = new ArrayList<byte[]>();
      while (bytes.hasRemaining()) {
        byte[] body = new byte[bytes.getInt()];
        bytes.get(body);
        bodies.add(body);
      }
      return bodies;
    }
  }
}
