# Odoo 19 with the suite in it, for production. Built by `docker compose build`.
FROM odoo:19.0

USER root
COPY dev/requirements-suite.txt /tmp/requirements-suite.txt
# The image's Python is Ubuntu's: what pip installs goes beside it into /usr/local, and takes
# precedence there. Replacing Ubuntu's own packages would fail.
RUN pip install --no-cache-dir --break-system-packages --ignore-installed \
        -r /tmp/requirements-suite.txt \
    && rm /tmp/requirements-suite.txt

# Not /mnt/extra-addons: the official image makes that a volume, and Compose would keep
# yesterday's modules in it when the image is built anew. What is copied: .dockerignore.
COPY . /opt/healthcare-operations
COPY odoo.conf /etc/odoo/odoo.conf

USER odoo
