/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.quorate.node.process.PostgresUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchDatabasesTest {
  @Test
  void tellsAnOperatorItsSchemaAndKeepsThePasswordInAFileOfItsOwn(@TempDir Path folder)
      throws IOException {
    BenchDatabases databases =
        new BenchDatabases(
            Optional.of(
                new PostgresUrl.Converter()
                    .convert(
                        "jdbc:postgresql://h/x?user=a%22b&password=hunter%262&sslmode=disable")));

    String text = databases.settings(2, folder);

    assertThat(databases.text()).isEqualTo("jdbc:postgresql://h/x");

    Config database = ConfigFactory.parseString(text).getConfig("quorate.database");
    assertThat(database.getString("url")).isEqualTo("jdbc:postgresql://h/x?sslmode=disable");
    assertThat(database.getString("user")).isEqualTo("a\"b");
    assertThat(database.getString("schema")).isEqualTo("quorate_bench_operator_2");
    assertThat(text).doesNotContain("hunter");
    Path password = folder.resolve(database.getString("password-file"));
    assertThat(password).hasContent("hunter&2");
    assertThat(Files.getPosixFilePermissions(password))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void leavesTheFileThatAFolderNamesAsItIs(@TempDir Path folder) throws IOException {
    assertThat(new BenchDatabases(Optional.empty()).settings(0, folder)).isEmpty();
  }
}
