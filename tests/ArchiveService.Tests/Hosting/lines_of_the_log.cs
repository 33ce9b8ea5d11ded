using System.Text.Json;
using ArchiveService.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace ArchiveService.Tests.Hosting;

public sealed class A_line_of_the_log
{
    private const string Planted = "planterad-hemlighet";

    private static string Written(string message, Exception? error = null)
    {
        using var to = new StringWriter();
        IReadOnlyList<KeyValuePair<string, object?>> state = [new("Said", message), new("Error", error)];
        new LogLines().Write(new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(LogLevel.Error, "Test", 1, state, error, (_, _) => message), null, to);
        return to.ToString();
    }

    [Theory]
    [InlineData("två\r\nrader")]
    [InlineData("\u001b[31mröd\u001b[0m")]
    [InlineData("\u202Ebaklänges")]
    [InlineData("\u009b31m\u0085ny")]
    [InlineData("\"},{\"LogLevel\":\"None\"")]
    public void is_one_line_of_JSON_whatever_it_says(string hostile)
    {
        var line = Written(hostile);

        Assert.EndsWith(Environment.NewLine, line, StringComparison.Ordinal);
        Assert.DoesNotContain(line.TrimEnd('\r', '\n'), c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format);
        Assert.Equal(hostile, JsonDocument.Parse(line).RootElement.GetProperty("Message").GetString());
    }

    [Fact]
    public void never_quotes_the_value_that_made_something_fail()
    {
        var refused = new PostgresException($"invalid input syntax for type uuid: \"{Planted}\"", "ERROR", "ERROR", "22P02", detail: Planted, tableName: "record_states", constraintName: "one_name");
        Exception[] errors =
        [
            refused, new InvalidOperationException(Planted, refused), new FormatException($"The input string '{Planted}' was not in a correct format."), new JsonException($"'{Planted}' is invalid"),
            new ArgumentException(Planted), new KeyNotFoundException(Planted), new System.Xml.XmlException(Planted), new UriFormatException(Planted), new AggregateException(Planted, new InvalidCastException(Planted)),
        ];
        foreach (var error in errors)
        {
            var line = Written("Det gick inte.", error);
            Assert.DoesNotContain(Planted, line, StringComparison.Ordinal);
            Assert.Contains(error.GetType().Name, line, StringComparison.Ordinal);
        }

        Assert.Contains("22P02 record_states one_name", Written("x", refused), StringComparison.Ordinal);
    }

    [Fact]
    public void says_when_it_was_written()
    {
        Assert.Matches("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$", JsonDocument.Parse(Written("x")).RootElement.GetProperty("Timestamp").GetString());
    }

    [Fact]
    public void is_short_however_much_it_is_told() => Assert.True(Written(new string('x', 1_000_000)).Length < 10_000);
}
