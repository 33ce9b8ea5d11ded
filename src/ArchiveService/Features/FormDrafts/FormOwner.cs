using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.WebUtilities;

namespace ArchiveService.Features.FormDrafts;

/// <summary>
/// Whose form it is, on which address it stands, and which of its fields are passwords: a field of every form behind the log-in, with a check that only this
/// service can make. When the log-in has ended by the time the form is sent, it still tells whose words they are; another site can make no such field, so that
/// what it makes a browser send is never kept.
/// </summary>
public sealed record FormOwner(Guid Person, string Address, IReadOnlyList<string> Passwords)
{
    public const string Field = "archive-form";

    private const int Longest = 4096;

    public string Written(IKeyProvider keys)
    {
        var said = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new object[] { Person, Address, Passwords }));
        return $"{WebEncoders.Base64UrlEncode(said)}.{WebEncoders.Base64UrlEncode(Check(keys, said))}";
    }

    /// <summary>Null: nobody's, or not of our making.</summary>
    public static FormOwner? Read(IKeyProvider keys, string? written)
    {
        if (written is not { Length: > 0 and <= Longest } || written.Split('.') is not [var body, var check]) return null;
        try
        {
            var said = WebEncoders.Base64UrlDecode(body);
            if (!CryptographicOperations.FixedTimeEquals(WebEncoders.Base64UrlDecode(check), Check(keys, said))) return null;
            return JsonSerializer.Deserialize<JsonElement[]>(said) is [var person, var address, var passwords]
                ? new(person.GetGuid(), address.GetString()!, [.. passwords.EnumerateArray().Select(p => p.GetString()!)])
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[] Check(IKeyProvider keys, byte[] said) =>
        HMACSHA256.HashData(HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.IdentitySecret, 32, salt: [], "archiveservice/v1/form-owner"u8.ToArray()), said);
}
