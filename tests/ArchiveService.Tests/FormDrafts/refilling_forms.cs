using ArchiveService.Features.FormDrafts;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.FormDrafts;

public sealed class Refilling_forms
{
    private const string Page = """
        <main><form method="post" action="/handlingar/1/bedom"><input name="Version" type="hidden" value="7" />
        <input name="Title" type="text" class="in" value="gammalt" /><textarea name="Note">
        </textarea>
        <input type="radio" name="Kind" value="a" checked="checked"><input type="radio" name="Kind" value="b">
        <input type="checkbox" name="Also" value="x" checked><input type="checkbox" name="Also" value="y">
        <select name="Class"><option value="1" selected="selected">Ett</option><option>Två</option></select>
        <input type="password" name="Secret"><button name="go" value="1">Skicka</button></form>
        <input form="annat" name="Title" value="orörd"><form method="post" id="annat" action="/annat"></form></main>
        """;

    private static SentForm Sent(params (string, string)[] fields) => new("/handlingar/1/bedom", null, fields, []);

    [Fact]
    public void puts_back_what_was_typed_as_the_browser_would_show_it()
    {
        var (html, left) = HtmlForms.Refill(Page, ("/handlingar/1/bedom", null), Sent(
            ("Version", "3"), ("Title", "\"nytt\" & <b>fräckt</b>"), ("Note", "</textarea><script>alert(1)</script>\nRad två"), ("Kind", "b"), ("Also", "y"), ("Class", "Två"), ("Secret", "hemligt"), ("Gone", "borta")));

        Assert.Contains("value=\"&quot;nytt&quot; &amp; &lt;b&gt;fräckt&lt;/b&gt;\"", html, StringComparison.Ordinal);
        Assert.Contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.Contains("""<input type="radio" name="Kind" value="b" checked="checked">""", html, StringComparison.Ordinal);
        Assert.Contains("""<input type="radio" name="Kind" value="a">""", html, StringComparison.Ordinal);
        Assert.Contains("""<input type="checkbox" name="Also" value="x">""", html, StringComparison.Ordinal);
        Assert.Contains("""<input type="checkbox" name="Also" value="y" checked="checked">""", html, StringComparison.Ordinal);
        Assert.Contains("""<option selected="selected">Två</option>""", html, StringComparison.Ordinal);
        Assert.Contains("""<option value="1">Ett</option>""", html, StringComparison.Ordinal);

        // What the page says of the moment stands; passwords come back to nobody; another form is left alone; what has no place is told.
        Assert.Contains("value=\"7\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("hemligt", html, StringComparison.Ordinal);
        Assert.Contains("orörd", html, StringComparison.Ordinal);
        Assert.Equal(("Gone", "borta"), Assert.Single(left!));
    }

    [Fact]
    public void never_puts_the_words_of_one_row_into_another()
    {
        const string rows = """
            <form method="post" action="?handler=Decline"><input type="hidden" name="record" value="1"><input name="reason"></form>
            <form method="post" action="?handler=Decline"><input type="hidden" name="record" value="2"><input name="reason"></form>
            """;
        SentForm Of(string record) => new("/fordelning", "handler=Decline", [("record", record), ("reason", "fel enhet")], []);

        var (html, _) = HtmlForms.Refill(rows, ("/fordelning", null), Of("2"));
        Assert.Equal(1, html.Split("fel enhet").Length - 1);
        Assert.True(html.IndexOf("fel enhet", StringComparison.Ordinal) > html.IndexOf("value=\"2\"", StringComparison.Ordinal));
        Assert.Null(HtmlForms.Refill(rows, ("/fordelning", null), Of("3")).Left);
        Assert.Null(HtmlForms.Refill(rows, ("/fordelning", null), Of("2") with { Query = "handler=Receive" }).Left);
    }

    [Fact]
    public void tells_rows_apart_by_the_address_too()
    {
        const string rows = """<form method="post" action="/kanaler?handler=Close&amp;id=1"><input name="reason"></form><form method="post" action="/kanaler?id=2&amp;handler=Close"><input name="reason"></form>""";
        var (html, _) = HtmlForms.Refill(rows, ("/kanaler", null), new("/kanaler", "handler=Close&id=2", [("reason", "används inte")], []));

        Assert.True(html.IndexOf("används inte", StringComparison.Ordinal) > html.IndexOf("id=2", StringComparison.Ordinal));
    }

    [Fact]
    public void finds_fields_that_stand_outside_their_form() =>
        Assert.Contains("value=\"snö\"", HtmlForms.Refill("""<input form="s" name="q"><form id="s" method="post"></form>""", ("/sok", null), new("/sok", null, [("q", "snö")], [])).Html, StringComparison.Ordinal);

    [Fact]
    public void names_the_fields_that_are_passwords() =>
        Assert.Equal(["New", "Again"], HtmlForms.Passwords("""<input type="password" name="New"><input name="Other"><input name="Again" type="password" />"""));

    [Theory]
    [InlineData("<form method=post action=/x><input name=a value=1></form")]
    [InlineData("<form method=\"post\"><textarea name=\"a\">aldrig stängd")]
    [InlineData("<form method='post'><!-- <input name=\"a\" --><input name='a' value='>'></form>")]
    [InlineData("< form><input><<<>>")]
    public void is_not_led_astray_by_broken_markup(string html) => Assert.NotNull(HtmlForms.Refill(html, ("/x", null), new("/x", null, [("a", "b")], [])).Html);

    [Fact]
    public void knows_whose_a_form_is_and_takes_nobodys_word_for_it()
    {
        var keys = Keys.One();
        var written = new FormOwner(new("0199aaaa-0000-7000-8000-000000000001"), "/sok?q=snö", ["Secret"]).Written(keys);

        var read = FormOwner.Read(keys, written)!;
        Assert.Equal((new Guid("0199aaaa-0000-7000-8000-000000000001"), "/sok?q=snö", "Secret"), (read.Person, read.Address, Assert.Single(read.Passwords)));
        Assert.Null(FormOwner.Read(keys, written[..^1] + (written[^1] == 'A' ? 'B' : 'A')));
        Assert.Null(FormOwner.Read(keys, "x" + written));
        Assert.Null(FormOwner.Read(keys, null));
        Assert.Null(FormOwner.Read(Keys.One(), written));
    }

    private sealed class Keys(byte[] secret) : IKeyProvider
    {
        public static Keys One() => new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

        public byte[] IdentitySecret => secret;

        public byte[] SigningKey => secret;

        public EpochKey Current => throw new NotSupportedException();

        public EpochKey? Find(Guid kekId) => null;

        public void ReadAgain()
        {
        }
    }
}
