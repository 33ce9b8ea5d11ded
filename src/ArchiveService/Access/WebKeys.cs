using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;

namespace ArchiveService.Access;

/// <summary>The keys of cookies and forms, in the database for all nodes, sealed under a key from the key file: a stolen dump forges no cookie.</summary>
public sealed class WebKeys(Databases databases) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var query = databases.Writer.CreateCommand("select xml from work.web_keys order by name");
        using var rows = query.ExecuteReader();
        var found = new List<XElement>();
        while (rows.Read()) found.Add(XElement.Parse(rows.GetString(0)));
        return found;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var insert = databases.Writer.CreateCommand("insert into work.web_keys (name, xml) values ($1, $2)");
        insert.Parameters.Add(new() { Value = friendlyName });
        insert.Parameters.Add(new() { Value = element.ToString(SaveOptions.DisableFormatting) });
        insert.ExecuteNonQuery();
    }

    internal sealed class Options(WebKeys keys, IKeyProvider provider) : IConfigureOptions<KeyManagementOptions>
    {
        public void Configure(KeyManagementOptions options)
        {
            options.XmlRepository = keys;
            options.XmlEncryptor = new Sealing(provider);
        }
    }

    private sealed class Sealing(IKeyProvider provider) : IXmlEncryptor
    {
        public EncryptedXmlInfo Encrypt(XElement plaintextElement)
        {
            var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
            var written = new byte[RecordKey.NonceSize + plain.Length + RecordKey.TagSize];
            RandomNumberGenerator.Fill(written.AsSpan(0, RecordKey.NonceSize));
            using var aes = new AesGcm(Key(provider), RecordKey.TagSize);
            aes.Encrypt(
                written.AsSpan(0, RecordKey.NonceSize), plain, written.AsSpan(RecordKey.NonceSize, plain.Length), written.AsSpan(RecordKey.NonceSize + plain.Length));
            return new(new XElement("sealed", Convert.ToBase64String(written)), typeof(Opening));
        }
    }

    // Data protection makes one itself, by the type's name that stands in the XML.
    internal sealed class Opening(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement)
        {
            var written = Convert.FromBase64String(encryptedElement.Value);
            var plain = new byte[written.Length - RecordKey.NonceSize - RecordKey.TagSize];
            using var aes = new AesGcm(Key(services.GetRequiredService<IKeyProvider>()), RecordKey.TagSize);
            aes.Decrypt(
                written.AsSpan(0, RecordKey.NonceSize), written.AsSpan(RecordKey.NonceSize, plain.Length), written.AsSpan(RecordKey.NonceSize + plain.Length), plain);
            return XElement.Parse(Encoding.UTF8.GetString(plain));
        }
    }

    private static byte[] Key(IKeyProvider provider) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, provider.IdentitySecret, 32, salt: [], "archiveservice/v1/web-keys"u8.ToArray());
}
