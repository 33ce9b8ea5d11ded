using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace ArchiveService.Features.FormDrafts;

/// <summary>What somebody had sent when the log-in turned out to have ended.</summary>
/// <param name="Address">The page the form stood on.</param>
public sealed record KeptForm(Guid Person, string Address, SentForm Sent);

/// <summary>
/// What is sent by somebody whose log-in, or whose form's token, has ended is kept for an hour, for that person in that browser and nobody else. The row is sealed under
/// a key made of a secret that only the browser's cookie holds and of the installation's own: neither the database nor a copy of it opens without the browser, nor the
/// cookie without the installation. Nothing is ever sent by itself. Passwords are not kept.
/// </summary>
public sealed class KeptForms(Databases databases, IKeyProvider keys, AttachmentLimit attachments, TimeProvider clock)
{
    public const string Cookie = "archive-kept";

    public static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>Of one person at a time; the oldest goes.</summary>
    public const int Most = 10;

    private const int MostInBrowser = 5;

    private const int Largest = 1024 * 1024;

    private const string Token = "__RequestVerificationToken";

    /// <summary>The address of a page as it is read, without the handler of a form.</summary>
    public static string AddressOf(HttpRequest request) =>
        request.Path.ToUriComponent() + QueryString.Create(request.Query.Where(q => !string.Equals(q.Key, "handler", StringComparison.OrdinalIgnoreCase))).Value;

    /// <summary>Keeps what this request brings.</summary>
    /// <returns>Null when it is no form of ours, or nothing was typed into it.</returns>
    public async Task<KeptForm?> Keep(HttpContext http, CancellationToken ct)
    {
        if (!HttpMethods.IsPost(http.Request.Method)) return null;
        KeptForm? form;
        try
        {
            form = await Read(http, ct);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or BadHttpRequestException)
        {
            return null;
        }

        if (form is null || !IsLocal(form.Address)) return null;
        var written = Write(form);
        if (written.Length > Largest) return null;
        var secret = Secrets.NewSession();
        var hash = Secrets.HashOf(secret);
        var now = clock.GetUtcNow();
        await using (var batch = databases.Writer.CreateBatch())
        {
            batch.BatchCommands.Add(new("delete from work.kept_forms where ends_at < $1") { Parameters = { new() { Value = now } } });
            batch.BatchCommands.Add(new("delete from work.kept_forms where kept_hash in (select kept_hash from work.kept_forms where person_id = $1 order by kept_at desc offset $2)")
            {
                Parameters = { new() { Value = form.Person }, new() { Value = Most - 1 } },
            });
            batch.BatchCommands.Add(new("insert into work.kept_forms (kept_hash, person_id, kept_at, ends_at, sealed) values ($1, $2, $3, $4, $5)")
            {
                Parameters = { new() { Value = hash }, new() { Value = form.Person }, new() { Value = now }, new() { Value = now + Life }, new() { Value = Seal(secret, hash, form.Person, written) } },
            });
            await batch.ExecuteNonQueryAsync(ct);
        }

        // Newest first; the cookie is a key, so no script reads it. Lax: a log-in at another server comes back by a link.
        Remember(http, [secret, .. InBrowser(http)]);
        return form;
    }

    /// <summary>What is kept for this person in this browser, of this page. Of somebody else nothing, and it stays for them.</summary>
    public async Task<IReadOnlyList<(string Secret, KeptForm Form)>> Of(HttpContext http, Guid person, CancellationToken ct)
    {
        var found = new List<(string, KeptForm)>();
        foreach (var secret in InBrowser(http))
        {
            var hash = Secrets.HashOf(secret);
            await using var query = databases.Writer.CreateCommand("select sealed from work.kept_forms where kept_hash = $1 and person_id = $2 and ends_at > $3");
            query.Parameters.Add(new() { Value = hash });
            query.Parameters.Add(new() { Value = person });
            query.Parameters.Add(new() { Value = clock.GetUtcNow() });
            if (await query.ExecuteScalarAsync(ct) is byte[] sealedBytes && Open(secret, hash, person, sealedBytes) is { } form) found.Add((secret, form));
        }

        return found;
    }

    /// <summary>It has been sent anew, or is not wanted.</summary>
    public async Task Forget(HttpContext http, IReadOnlyCollection<string> secrets, CancellationToken ct)
    {
        await using var delete = databases.Writer.CreateCommand("delete from work.kept_forms where kept_hash = any ($1)");
        delete.Parameters.Add(new() { Value = secrets.Select(Secrets.HashOf).ToArray() });
        await delete.ExecuteNonQueryAsync(ct);
        Remember(http, [.. InBrowser(http).Except(secrets)]);
    }

    public static IReadOnlyList<string> InBrowser(HttpContext http) =>
        http.Request.Cookies[Cookie] is { Length: > 0 and < 500 } held ? [.. held.Split('.').Where(s => s.Length == 43).Take(MostInBrowser)] : [];

    /// <summary>What the request's form says, without its token; null when it says nothing.</summary>
    public static SentForm? Sent(HttpContext http)
    {
        var request = http.Request;
        var (fields, files) = (request.HttpContext.Items[typeof(UploadForm)] is UploadForm streamed ? (streamed.Texts, streamed.FileNames)
            : request.HasFormContentType && request.HttpContext.Features.Get<IFormFeature>()?.Form is { } form
                ? ([.. form.SelectMany(f => f.Value, (f, value) => (f.Key, value ?? ""))], [.. form.Files.Select(f => f.FileName)])
                : ((IReadOnlyList<(string, string)>)[], (IReadOnlyList<string>)[]));
        return fields.Count == 0 ? null : new(request.Path.Value!, HtmlForms.Query(request.Query), [.. fields.Where(f => f.Item1 != Token)], files);
    }

    private async Task<KeptForm?> Read(HttpContext http, CancellationToken ct)
    {
        var request = http.Request;
        FormOwner? owner = null;
        List<(string Name, string Value)> fields = [];
        List<string> files = [];
        if (Sent(http) is { } read)
        {
            // The token of an answer that was refused: the form has been read already.
            (fields, files) = ([.. read.Fields], [.. read.Files]);
            owner = FormOwner.Read(keys, fields.Find(f => f.Name == FormOwner.Field).Value);
        }
        else if (MultipartForm(request) is { } multipart)
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = attachments.Bytes + Largest;
            var total = 0;
            while (await multipart.ReadNextSectionAsync(ct) is { } section)
            {
                if (section.GetContentDispositionHeader() is not { } disposition) continue;
                var name = Microsoft.Net.Http.Headers.HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
                if (disposition.FileName.Value is { } file)
                {
                    // What somebody may not send is not read on: only a form of ours, which says so first, may bring files.
                    if (owner is null) return null;
                    if (file.Trim('"') is { Length: > 0 and <= 255 } chosen) files.Add(chosen);
                    continue;
                }

                using var text = new StreamReader(section.Body);
                var buffer = new char[Largest - total];
                var length = await text.ReadBlockAsync(buffer, ct);
                total += length;
                if (total >= Largest || fields.Count >= 1024) return null;
                var value = new string(buffer, 0, length);
                if (name == FormOwner.Field && (owner ??= FormOwner.Read(keys, value)) is null) return null;
                if (owner is null) return null;
                fields.Add((name, value));
            }
        }
        else if (request.ContentLength is <= Largest && request.HasFormContentType)
        {
            var form = await request.ReadFormAsync(ct);
            fields = [.. form.SelectMany(f => f.Value, (f, value) => (f.Key, value ?? ""))];
            owner = FormOwner.Read(keys, form[FormOwner.Field]);
        }

        if (owner is null) return null;
        List<(string Name, string Value)> typed = [.. fields.Where(f => f.Name is not (Token or FormOwner.Field) && !owner.Passwords.Contains(f.Name, StringComparer.OrdinalIgnoreCase) && StorableText.Is(f.Name) && StorableText.Is(f.Value))];
        return typed.Count == 0 && files.Count == 0 ? null
            : new(owner.Person, owner.Address, new(request.Path.Value!, HtmlForms.Query(request.Query), typed, files));
    }

    private static MultipartReader? MultipartForm(HttpRequest request) =>
        Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && Microsoft.Net.Http.Headers.HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= 100 } boundary
            ? new(boundary.ToString(), request.Body)
            : null;

    private static bool IsLocal(string address) => address.StartsWith('/') && !address.StartsWith("//", StringComparison.Ordinal) && !address.StartsWith("/\\", StringComparison.Ordinal) && address.Length <= 2000;

    private static void Remember(HttpContext http, IReadOnlyList<string> secrets)
    {
        if (secrets.Count == 0)
        {
            http.Response.Cookies.Delete(Cookie);
            return;
        }

        http.Response.Cookies.Append(Cookie, string.Join('.', secrets.Distinct().Take(MostInBrowser)), new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = http.Request.IsHttps,
            MaxAge = Life,
            IsEssential = true,
        });
    }

    private static byte[] Write(KeptForm form) => JsonSerializer.SerializeToUtf8Bytes(new Written(
        form.Person, form.Address, form.Sent.Action, form.Sent.Query, [.. form.Sent.Fields.Select(f => new[] { f.Name, f.Value })], [.. form.Sent.Files]));

    private sealed record Written(Guid Person, string Address, string Action, string? Query, string[][] Fields, string[] Files);

    private byte[] Seal(string secret, byte[] hash, Guid person, byte[] plain)
    {
        var bytes = new byte[RecordKey.NonceSize + plain.Length + RecordKey.TagSize];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, RecordKey.NonceSize));
        using var aes = new AesGcm(Key(secret), RecordKey.TagSize);
        aes.Encrypt(bytes.AsSpan(0, RecordKey.NonceSize), plain, bytes.AsSpan(RecordKey.NonceSize, plain.Length), bytes.AsSpan(RecordKey.NonceSize + plain.Length), Bound(hash, person));
        return bytes;
    }

    private KeptForm? Open(string secret, byte[] hash, Guid person, byte[] bytes)
    {
        if (bytes.Length < RecordKey.NonceSize + RecordKey.TagSize) return null;
        var plain = new byte[bytes.Length - RecordKey.NonceSize - RecordKey.TagSize];
        using var aes = new AesGcm(Key(secret), RecordKey.TagSize);
        try
        {
            aes.Decrypt(bytes.AsSpan(0, RecordKey.NonceSize), bytes.AsSpan(RecordKey.NonceSize, plain.Length), bytes.AsSpan(RecordKey.NonceSize + plain.Length), plain, Bound(hash, person));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return JsonSerializer.Deserialize<Written>(plain) is { } w && w.Person == person ? new(person, w.Address, new(w.Action, w.Query, [.. w.Fields.Select(f => (f[0], f[1]))], w.Files)) : null;
    }

    private static byte[] Bound(byte[] hash, Guid person) => [.. hash, .. person.ToByteArray(bigEndian: true)];

    private byte[] Key(string secret) => HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.ASCII.GetBytes(secret), 32, keys.IdentitySecret, "archiveservice/v1/kept-form"u8.ToArray());
}
